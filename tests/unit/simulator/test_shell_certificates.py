# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The certificate commands of the command line, against the published transcripts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from ansible_collections.ucops.cucm.tests.simulator import pki
from ansible_collections.ucops.cucm.tests.simulator.simulator import RunningSimulator, running_simulator
from ansible_collections.ucops.cucm.tests.simulator.topology import topology_from
from ansible_collections.ucops.cucm.tests.unit.simulator.ssh_client import PASTE, SshClient, pem_in
from ansible_collections.ucops.cucm.tests.unit.simulator.support import (
    ADMINISTRATOR,
    Authority,
    Client,
    hurried,
    restart_call_manager,
)
from cryptography import x509

pytestmark = pytest.mark.filterwarnings("ignore:Diffie-Hellman over")

SUBJECT = {"C": "IN", "ST": "cisco", "L": "cisco", "O": "cisco", "OU": "cisco"}
RELEASES = ("9.1", "10.5", "11.5", "12.5", "14", "15")
#: The whole of T3's certificate, and where in it the parts are that Cisco left out.
T3 = """[
Version: V3
Serial Number: {serial}
SignatureAlgorithm: SHA1withRSA (1.2.840.113549.1.1.5)
Issuer Name: CN=CUCMA, OU=cisco, O=cisco, L=cisco, ST=cisco, C=IN
Validity From: {date}
             To: {date}
Subject Name: CN=CUCMA, OU=cisco, O=cisco, L=cisco, ST=cisco, C=IN
Key: RSA (1.2.840.113549.1.1.1)
Key value:
"""


def name(release: str) -> str:
    return f"pub-{release.replace('.', '-')}"


@pytest.fixture(scope="module")
def _clusters() -> Iterator[RunningSimulator]:
    administrators = [
        {"username": ADMINISTRATOR[0], "password": ADMINISTRATOR[1]},
        {"username": "osreader", "password": "osreader-secret", "privilege": 0},
    ]
    clusters: list[dict[str, Any]] = [
        {
            "name": release,
            "release": release,
            "domain": "example.com",
            "subject": SUBJECT,
            "nodes": [{"name": name(release), "role": "publisher", "administrators": administrators}],
        }
        for release in RELEASES
    ]
    clusters[0]["nodes"].append({"name": "sub-9-1", "administrators": administrators})
    clusters[0] |= {"domain": ""}
    clusters[0]["nodes"][0]["hostname"] = "CUCMA"
    with running_simulator(hurried(topology_from({"clusters": clusters}))) as simulator:
        yield simulator


@pytest.fixture
def sim(_clusters: RunningSimulator) -> RunningSimulator:
    _clusters.reset()
    return _clusters


@pytest.fixture
def authority() -> Authority:
    return Authority()


def logged_in(sim: RunningSimulator, release: str) -> SshClient:
    return SshClient(sim.node(name(release))).log_in()


def operations(sim: RunningSimulator) -> list[tuple[str, str, str]]:
    return [(entry.door, entry.operation, entry.subject) for entry in sim.journal.since()]


def enrol(ssh: SshClient, authority: Authority, unit: str = "CallManager") -> str:
    """The whole cycle; the installed certificate in PEM."""
    assert "Successfully imported" in ssh.paste(f"set cert import trust {unit}", authority.pem)
    signed = authority.sign(ssh.generate(unit))
    assert "Successfully imported" in ssh.paste(f"set cert import own {unit}", signed)
    return signed


# Reading


def test_show_cert_own_of_the_guide(sim: RunningSimulator) -> None:
    with logged_in(sim, "9.1") as ssh:
        text = ssh.command("show cert own CallManager")
    pattern = re.escape(T3).replace(r"\{serial\}", r"[0-9A-F]{25,32}")
    pattern = pattern.replace(r"\{date\}", r"[A-Z][a-z]{2} [A-Z][a-z]{2} \d\d \d\d:\d\d:\d\d IST \d{4}")
    assert re.match(pattern, text)
    assert re.search(r"^\]-----BEGIN CERTIFICATE-----$", text, flags=re.MULTILINE)
    assert "Usage oids: 1.3.6.1.5.5.7.3.1, 1.3.6.1.5.5.7.3.2, 1.3.6.1.5.5.7.3.5,\n" in text
    installed = sim.node(name("9.1")).certificates.installed["CallManager"].certificate
    assert pem_in(text) == pki.pem(installed)


def test_labels_changed(sim: RunningSimulator) -> None:
    with logged_in(sim, "15") as ssh:
        text = ssh.command("show cert own CallManager/CallManager.pem")
    for label in ("IssuerDN:", "Start Date:", "Final Date:", "SubjectDN:", "Public Key:", "Modulus:"):
        assert f"\n{label}" in text
    assert "Issuer Name" not in text
    assert "ExtKeyUsageSyntax" not in text


def test_dump_of_an_elliptic_key_and_of_subject_alternative_names(
    sim: RunningSimulator, authority: Authority
) -> None:
    rest = Client(sim.node(name("14")))
    rest.upload_trust(authority.pem)
    rest.upload_identity(authority.sign(rest.csr(altNames=["x.example.com", "192.0.2.1"])))
    with logged_in(sim, "14") as ssh:
        assert "Key: EC (1.2.840.10045.2.1)" in ssh.command("show cert own CallManager-ECDSA")
        assert "SubjectAltName [\nDNS:x.example.com\nIP:192.0.2.1\n]" in ssh.command(
            "show cert own CallManager"
        )


@pytest.mark.parametrize("release", RELEASES)
def test_show_cert_list_own(sim: RunningSimulator, authority: Authority, release: str) -> None:
    units = {"CallManager", "tomcat"}
    if release not in ("9.1", "10.5"):
        units |= {"CallManager-ECDSA", "tomcat-ECDSA"}
    text = "Self-signed certificate generated by system"
    with logged_in(sim, release) as ssh:
        lines = ssh.command("show cert list own").splitlines()
        assert set(lines) == {f"{unit}/{unit}.pem: {text}" for unit in units}
        enrol(ssh, authority)
        assert "CallManager/CallManager.pem: Certificate Signed by Example Root\n" in ssh.command(
            "show cert list own"
        )


@pytest.mark.parametrize("release", RELEASES)
def test_show_cert_list_trust_names_files_that_can_be_shown(sim: RunningSimulator, release: str) -> None:
    authority = Authority("Example Root CA")
    with logged_in(sim, release) as ssh:
        ssh.paste("set cert import trust CallManager", authority.pem)
        listed = ssh.command("show cert list trust").splitlines()
        serial = "" if release == "9.1" else f"_{authority.certificate.serial_number:x}"
        file = f"CallManager-trust/Example_Root_CA{serial}.pem"
        assert [line for line in listed if line.startswith(f"{file}: ")]
        assert pem_in(ssh.command(f"show cert trust {file}")) == authority.pem
        for wrong in (file.replace("Root", "Leaf"), file.replace("CallManager", "tomcat")):
            assert "does not exist" in ssh.command(f"show cert trust {wrong}")


def test_pager_is_on_until_it_is_turned_off(sim: RunningSimulator) -> None:
    with SshClient(sim.node(name("11.5"))) as ssh:
        ssh.log_in(pagination=True)
        ssh.send("show cert own CallManager\n")
        assert "\x1b[1mPress <enter> for 1 line, <space> for one page, or <q> to quit\x1b[0m" in ssh.expect(
            "\x1b[K"
        )
        ssh.send(" ")
        ssh.expect("quit\x1b[0m\x1b[K")
        ssh.send("q")
        assert ssh.expect("admin:") == "\r\x1b[Kadmin:"
        ssh.command("set cli pagination off")
        assert "-----END CERTIFICATE-----" in ssh.command("show cert own CallManager")
        ssh.command("set cli pagination on")
        ssh.send("show cert own CallManager\n")
        ssh.expect("\x1b[K")


# Requests


@pytest.mark.parametrize(
    ("release", "text"),
    [
        ("9.1", "Successfully Generated CSR for CallManager.\n"),
        ("12.5", "Successfully Generated CSR for CallManager.\n"),
        ("14", "Successfully Generated CSR  for CallManager\n"),
        ("15", "Successfully Generated CSR for CallManager\n"),
    ],
)
def test_set_csr_gen(sim: RunningSimulator, release: str, text: str) -> None:
    with logged_in(sim, release) as ssh:
        assert ssh.command("show csr list own") == "There are no CSRs\n"
        assert "no CSR" in ssh.command("show csr own CallManager")
        if release in ("14", "15"):
            assert ssh.command("set csr gen CallManager", ending="(yes|no)? ") == "Include OU in CSR "
            assert ssh.command("no") == text
        else:
            assert ssh.command("set csr gen CallManager") == text
        assert ssh.command("show csr list own") == "CallManager/CallManager.csr\n"
        first = pem_in(ssh.command("show csr own CallManager"))
        assert pem_in(ssh.command("show csr own CallManager/CallManager.csr")) == first
        assert ssh.generate() != first
    assert operations(sim) == [("cli", "set csr gen", "CallManager")] * 2


@pytest.mark.parametrize("release", ["14", "15"])
@pytest.mark.parametrize(("answer", "unit"), [("yes", ["cisco"]), ("no", [])])
def test_ou_question(sim: RunningSimulator, release: str, answer: str, unit: list[str]) -> None:
    with logged_in(sim, release) as ssh:
        ssh.send("set csr gen tomcat\n")
        ssh.expect("(yes|no)? ")
        ssh.send("y\n")
        assert "Please answer yes or no" in ssh.expect("(yes|no)? ")
        assert "Successfully" in ssh.command(answer)
        request = x509.load_pem_x509_csr(pem_in(ssh.command("show csr own tomcat")).encode())
    found = request.subject.get_attributes_for_oid(x509.NameOID.ORGANIZATIONAL_UNIT_NAME)
    assert [attribute.value for attribute in found] == unit


@pytest.mark.parametrize("line", ["set csr gen CallManager 2048", "set csr gen", "set csr gen callmanager"])
def test_a_request_has_no_options(sim: RunningSimulator, line: str) -> None:
    with logged_in(sim, "11.5") as ssh:
        assert "Successfully" not in ssh.command(line)
    assert operations(sim) == []


# Imports


@pytest.mark.parametrize("release", RELEASES)
def test_whole_cycle(sim: RunningSimulator, authority: Authority, release: str) -> None:
    node = sim.node(name(release))
    with logged_in(sim, release) as ssh:
        signed = enrol(ssh, authority)
        assert ssh.certificate() == signed
        assert ssh.command("show csr list own") == "There are no CSRs\n"
    assert pki.pem(node.certificates.running["CallManager"].certificate) != signed
    restart_call_manager(sim, node.name)
    assert pki.pem(node.certificates.running["CallManager"].certificate) == signed
    assert operations(sim) == [
        ("cli", "set cert import trust", "CallManager"),
        ("cli", "set csr gen", "CallManager"),
        ("cli", "set cert import own", "CallManager"),
    ]
    assert {entry.path for entry in sim.requests.entries() if entry.status != 200} == set()


def test_import_of_the_transcript(sim: RunningSimulator, authority: Authority) -> None:
    with logged_in(sim, "12.5") as ssh:
        assert ssh.paste("set cert import trust tomcat", authority.pem) == (
            "Successfully imported certificate for tomcat.\n"
            "Please restart services related to tomcat for the new certificate to\n"
            "become active.\n"
        )


def test_trust_reaches_the_other_node(sim: RunningSimulator, authority: Authority) -> None:
    with logged_in(sim, "9.1") as ssh:
        ssh.paste("set cert import trust CallManager", authority.pem)
    with SshClient(sim.node("sub-9-1")) as ssh:
        ssh.log_in()
        assert "CallManager-trust/Example_Root.pem" in ssh.command("show cert list trust")


def test_ca_file_may_be_named(sim: RunningSimulator, authority: Authority) -> None:
    with logged_in(sim, "9.1") as ssh:
        ssh.paste("set cert import trust CallManager", authority.pem)
        signed = authority.sign(ssh.generate())
        refused = ssh.paste("set cert import own CallManager Other_Root.pem", signed)
        assert refused == "CA Certificate is Not Available in the Trust-Store\n"
        assert "Successfully" in ssh.paste("set cert import own CallManager Example_Root.pem", signed)


@pytest.mark.parametrize(
    ("release", "other_key"),
    [
        ("9.1", "The file /usr/local/platform/upload/certs//CallManager.der could not be uploaded.\n"),
        ("12.5", "CSR Public Key and Certificate Public Key Do Not Match\n"),
    ],
)
def test_what_is_refused_and_how(
    sim: RunningSimulator, authority: Authority, release: str, other_key: str
) -> None:
    keys = "/usr/local/platform/.security/CallManager/keys/CallManager.csr"
    with logged_in(sim, release) as ssh:
        own = "set cert import own CallManager"
        assert ssh.paste(own, authority.pem) == f"File {keys} Does Not Exist\n"
        stale = authority.sign(ssh.generate())
        current = ssh.generate()
        assert ssh.paste(own, stale) == other_key
        signed = authority.sign(current, alt_names=["x.example.com"])
        assert (
            ssh.paste(own, signed) == "CSR Subject Alternate Name (SAN) and Certificate SAN Does Not Match\n"
        )
        signed = authority.sign(current)
        assert ssh.paste(own, signed) == "CA Certificate is Not Available in the Trust-Store\n"
        broken = signed.replace("-----BEGIN CERTIFICATE-----", "-----BEGIN CERTIFICATES-----")
        assert "not in PEM format" in ssh.paste(own, broken)
        assert ssh.generate() != current
    assert {operation for _door, operation, _subject in operations(sim)} == {"set csr gen"}


def test_multi_server_request_of_release_15_needs_rest(sim: RunningSimulator, authority: Authority) -> None:
    rest = Client(sim.node(name("15")))
    rest.upload_trust(authority.pem)
    signed = authority.sign(rest.csr(distribution="multi-server"))
    with logged_in(sim, "15") as ssh:
        assert "Successfully" not in ssh.paste("set cert import own CallManager", signed)
    assert rest.upload_identity(signed).status_code == 201


@pytest.mark.parametrize("ends_with", ["blank-line", "ctrl-d"])
def test_other_ends_of_a_paste(ends_with: str, authority: Authority) -> None:
    cluster = {"name": "C", "release": "10.5", "nodes": [{"name": "pub", "role": "publisher"}]}
    cluster["command_line"] = {"paste_ends_with": ends_with}
    with (
        running_simulator(hurried(topology_from({"clusters": [cluster]}))) as sim,
        SshClient(sim.node("pub")) as ssh,
    ):
        ssh.log_in()
        ssh.command("set cert import trust CallManager", ending=f"{PASTE}\r\n")
        ssh.send(authority.pem)
        ssh.expect("-----END CERTIFICATE-----\r\n")
        assert ssh.silence(0.1) == ""
        ssh.send("\n" if ends_with == "blank-line" else "\x04")
        assert "Successfully imported" in ssh.expect("admin:")


def test_pasting_too_fast_loses_characters(authority: Authority) -> None:
    """With a short queue a certificate in one piece arrives in ruins, line by line it arrives whole."""
    cluster = {"name": "C", "release": "10.5", "nodes": [{"name": "pub", "role": "publisher"}]}
    cluster["command_line"] = {"input_buffer": 100}
    with (
        running_simulator(hurried(topology_from({"clusters": [cluster]}))) as sim,
        SshClient(sim.node("pub")) as ssh,
    ):
        ssh.log_in()
        ssh.command("set cert import trust CallManager", ending=f"{PASTE}\r\n")
        ssh.send(authority.pem)
        ssh.expect(authority.pem[:100].replace("\n", "\r\n"))
        assert ssh.silence(0.1) == ""
        ssh.send("\n\n")
        assert "not in PEM format" in ssh.expect("admin:")
        ssh.command("set cert import trust CallManager", ending=f"{PASTE}\r\n")
        *lines, end = authority.pem.splitlines()
        for line in lines:
            ssh.send(f"{line}\n")
            ssh.expect(f"{line}\r\n")
        # With the last line the import begins, and its answer may come in one piece with the echo.
        ssh.send(f"{end}\n")
        assert "Successfully imported" in ssh.expect("admin:")


# Removing and regenerating


def test_delete(sim: RunningSimulator, authority: Authority) -> None:
    file = f"Example_Root_{authority.certificate.serial_number:x}.pem"
    with logged_in(sim, "10.5") as ssh:
        assert "does not exist" in ssh.command(f"set cert delete CallManager {file}")
        ssh.paste("set cert import trust CallManager", authority.pem)
        assert "Successfully deleted" in ssh.command(f"set cert delete CallManager-trust {file}")
        assert file not in ssh.command("show cert list trust")
        assert "not a valid" in ssh.command(f"set cert delete ipsec {file}")
    assert operations(sim)[-1] == ("cli", "set cert delete", "CallManager")


@pytest.mark.parametrize("release", ["9.1", "15"])
def test_regenerate(sim: RunningSimulator, release: str) -> None:
    with logged_in(sim, release) as ssh:
        before = ssh.certificate("tomcat")
        text = ssh.command("set cert regen tomcat")
        assert text == "Successfully regenerated certificate for tomcat.\n"
        after = ssh.certificate("tomcat")
    assert after != before
    old, new = (x509.load_pem_x509_certificate(pem.encode()) for pem in (before, after))
    assert old.subject == new.subject
    assert new in sim.node(name(release)).certificates.trust["tomcat"].certificates()


# Who may do what


def test_privilege_0(sim: RunningSimulator) -> None:
    """All certificate commands, and pagination, need privilege 1."""
    with SshClient(sim.node(name("11.5")), ("osreader", "osreader-secret")) as ssh:
        ssh.expect("admin:")
        for line in (
            "show cert list own",
            "show cert own CallManager",
            "set csr gen CallManager",
            "set cert regen CallManager",
            "set cli pagination off",
            "utils service restart Cisco CallManager",
        ):
            assert ssh.command(line) == "The command is not allowed for this account\n"
        assert "Active Master Version" in ssh.command("show version active")
    assert operations(sim) == []
    assert [entry.status for entry in sim.requests.entries()] == [200, *[403] * 6, 200]
