# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What differs between the releases: identities, requests, TLS. OpenSSL's program is the judge."""

from __future__ import annotations

import http.client
import re
import ssl
import subprocess
import warnings
from base64 import b64encode
from collections.abc import Iterator
from typing import Any

import pytest
from ansible_collections.ucops.cucm.tests.simulator import pki
from ansible_collections.ucops.cucm.tests.simulator.axl.versions import RELEASES as AXL
from ansible_collections.ucops.cucm.tests.simulator.axl.versions import release
from ansible_collections.ucops.cucm.tests.simulator.simulator import RunningSimulator, running_simulator
from ansible_collections.ucops.cucm.tests.simulator.topology import (
    RELEASES,
    Topology,
    common_sip_version,
    guide_topology,
    pair_topology,
    release_pairs,
    topology_from,
)
from ansible_collections.ucops.cucm.tests.simulator.world import Node
from ansible_collections.ucops.cucm.tests.unit.simulator.ssh_client import SshClient
from ansible_collections.ucops.cucm.tests.unit.simulator.support import (
    USER,
    Authority,
    add_trunk,
    hurried,
    restart_call_manager,
)
from ansible_collections.ucops.cucm.tests.unit.simulator_axl.client import envelope
from cryptography import x509

pytestmark = pytest.mark.filterwarnings("ignore:Diffie-Hellman over")

#: Key length and hash of identities and requests without options.
KEYS = {
    "9.1": (1024, "sha1"),
    "10.5": (2048, "sha1"),
    "11.5": (2048, "sha256"),
    "12.5": (2048, "sha256"),
    "14": (2048, "sha256"),
    "15": (2048, "sha256"),
}
IPSEC = "1.3.6.1.5.5.7.3.5"


def openssl(*arguments: str, text: str = "") -> str:
    """What the program says; it must succeed."""
    done = subprocess.run(["openssl", *arguments], input=text, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout + done.stderr


def clusters(side: str) -> list[dict[str, Any]]:
    return [
        {
            "name": f"{side}{release}",
            "release": release,
            "extensions": [f"{1 if side == 'A' else 2}{index}00"],
            "nodes": [{"name": f"{side.lower()}{release.replace('.', '-')}", "role": "publisher"}],
        }
        for index, release in enumerate(RELEASES)
    ]


@pytest.fixture(scope="module")
def sim() -> Iterator[RunningSimulator]:
    """Two clusters of each release; the first of each release is AXX, the second BXX. Tests only read."""
    with running_simulator(hurried(topology_from({"clusters": clusters("A") + clusters("B")}))) as simulator:
        yield simulator


def publisher(sim: RunningSimulator, release: str, side: str = "A") -> Node:
    return sim.world.clusters[f"{side}{release}"].publisher


def subject(item: x509.Certificate | x509.CertificateSigningRequest) -> list[str]:
    return [attribute.rfc4514_attribute_name for attribute in item.subject]


def usages(item: x509.Certificate | x509.CertificateSigningRequest) -> list[str]:
    found = item.extensions.get_extension_for_class(x509.ExtendedKeyUsage)
    return [usage.dotted_string for usage in found.value]


# Identities


@pytest.mark.parametrize("release", RELEASES)
@pytest.mark.parametrize("unit", ["CallManager", "tomcat"])
def test_self_signed_identity(sim: RunningSimulator, release: str, unit: str) -> None:
    certificate = publisher(sim, release).certificates.installed[unit].certificate
    length, hash_name = KEYS[release]
    text = openssl("x509", "-noout", "-text", text=pki.pem(certificate))
    assert f"Public-Key: ({length} bit)" in text
    assert set(re.findall(r"Signature Algorithm: (\w+)", text)) == {f"{hash_name}WithRSAEncryption"}
    assert certificate.serial_number.bit_length() <= 128
    assert subject(certificate) == {
        "9.1": ["C", "ST", "L", "O", "OU", "CN"],
        "10.5": ["C", "O", "OU", "CN", "ST", "L"],
        "11.5": ["C", "O", "OU", "CN", "ST", "L"],
    }.get(release, ["C", "ST", "L", "O", "CN"])
    assert (IPSEC in usages(certificate)) is (release in ("9.1", "10.5", "11.5"))
    usage = certificate.extensions.get_extension_for_class(x509.KeyUsage).value
    assert usage.key_agreement
    assert usage.key_cert_sign


@pytest.mark.parametrize("release", RELEASES)
def test_signatures_are_genuine(sim: RunningSimulator, release: str, tmp_path: Any) -> None:
    for unit, identity in publisher(sim, release).certificates.installed.items():
        path = tmp_path / f"{unit}.pem"
        path.write_text(pki.pem(identity.certificate))
        arguments = ("-check_ss_sig", "-no_check_time", "-auth_level", "0")
        assert "OK" in openssl("verify", *arguments, "-CAfile", str(path), str(path))
        assert pki.issuer_of(identity.certificate, [identity.certificate]) is not None
        others = publisher(sim, release, "B").certificates.installed[unit].certificate
        assert pki.issuer_of(identity.certificate, [others]) is None


@pytest.mark.parametrize("release", RELEASES)
def test_elliptic_purposes_are_of_11_5_and_later(sim: RunningSimulator, release: str) -> None:
    found = set(publisher(sim, release).certificates.installed)
    elliptic = {"CallManager-ECDSA", "tomcat-ECDSA"}
    assert found == {"CallManager", "tomcat"} | (set() if release in ("9.1", "10.5") else elliptic)


@pytest.mark.parametrize("release", RELEASES)
def test_request_of_the_command_line(sim: RunningSimulator, release: str) -> None:
    with SshClient(publisher(sim, release)) as ssh:
        pem = ssh.log_in().generate(unit_in_request="yes")
    request = x509.load_pem_x509_csr(pem.encode())
    length, hash_name = KEYS[release]
    text = openssl("req", "-noout", "-text", "-verify", text=pem)
    assert "verify OK" in text
    assert f"Public-Key: ({length} bit)" in text
    assert f"Signature Algorithm: {hash_name}WithRSAEncryption" in text
    assert subject(request) == ["C", "ST", "L", "O", "OU", "CN"]
    assert (IPSEC in usages(request)) is (release in ("9.1", "10.5", "11.5"))
    usage = request.extensions.get_extension_for_class(x509.KeyUsage).value
    assert usage.data_encipherment
    assert usage.key_agreement is (release not in ("14", "15"))
    assert not usage.key_cert_sign
    assert pki.alt_names(request) == frozenset()


def test_key_length_and_hash_can_be_set() -> None:
    changed = {"key_length": 1024, "hash_algorithm": "sha512"}
    cluster = {**clusters("A")[1], **changed}
    with running_simulator(hurried(topology_from({"clusters": [cluster]}))) as simulator:
        node = simulator.node("a10-5")
        certificate = node.certificates.installed["CallManager"].certificate
        with SshClient(node) as ssh:
            request = x509.load_pem_x509_csr(ssh.log_in().generate().encode())
    for item in (certificate, request):
        assert item.public_key().key_size == 1024
        assert item.signature_hash_algorithm.name == "sha512"


# TLS


def legacy_context(highest: ssl.TLSVersion = ssl.TLSVersion.TLSv1_3) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version = ssl.TLSVersion.TLSv1
        context.maximum_version = highest
    context.set_ciphers("DEFAULT:@SECLEVEL=0")
    return context


def https(node: Node, context: ssl.SSLContext) -> tuple[str, http.client.HTTPResponse]:
    """Ask for the AXL version; the TLS version and the answer."""
    connection = http.client.HTTPSConnection(
        node.topology.address, node.web.port, timeout=300, context=context
    )
    basic = b64encode(":".join(USER).encode()).decode()
    connection.request(
        "POST",
        "/axl/",
        envelope("getCCMVersion", "", "1.0"),
        {"Content-Type": "text/xml", "Authorization": f"Basic {basic}"},
    )
    version = connection.sock.version()
    return version, connection.getresponse()


@pytest.mark.parametrize("release", RELEASES)
def test_axl_answers_over_the_tls_that_the_release_has(sim: RunningSimulator, release: str) -> None:
    version, reply = https(publisher(sim, release), legacy_context())
    assert reply.status == 200
    assert f"<version>{AXL[release].ccm_version}</version>" in reply.read().decode()
    expected = {"9.1": "TLSv1", "10.5": "TLSv1", "15": "TLSv1.3"}
    assert version == expected.get(release, "TLSv1.2")


@pytest.mark.parametrize("release", ["9.1", "10.5"])
def test_old_https_is_out_of_reach_of_an_ordinary_client(sim: RunningSimulator, release: str) -> None:
    ordinary = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    ordinary.check_hostname, ordinary.verify_mode = False, ssl.CERT_NONE
    with pytest.raises(ssl.SSLError, match=r"(?i)protocol|version|alert"):
        https(publisher(sim, release), ordinary)


def test_new_https_does_not_speak_tls_1_0(sim: RunningSimulator) -> None:
    release = "15"
    with pytest.raises(ssl.SSLError):
        https(publisher(sim, release), legacy_context(ssl.TLSVersion.TLSv1))


def test_tls_versions_can_be_set() -> None:
    cluster = {**clusters("A")[1], "https_tls": [1.0, 1.2], "sip_tls": ["1.2", "1.2"]}
    topology = topology_from({"clusters": [cluster]})
    assert topology.clusters[0].sip_tls_versions == ("1.2", "1.2")
    with running_simulator(hurried(topology)) as simulator:
        assert https(simulator.node("a10-5"), legacy_context())[0] == "TLSv1.2"


@pytest.mark.parametrize("release", ["9.1", "10.5", "11.5", "12.5"])
def test_no_certificate_rest_before_14(sim: RunningSimulator, release: str) -> None:
    node = publisher(sim, release)
    connection = http.client.HTTPSConnection(
        node.topology.address, node.web.port, timeout=300, context=legacy_context()
    )
    connection.request("GET", "/platformcom/api/v1/certmgr/config/csr?service=CallManager")
    assert connection.getresponse().status == 404


# Pairs


def enrol(sim: RunningSimulator, authority: Authority, node: Node, unit: str = "CallManager") -> str:
    """Give a node an identity by its command line; the common name."""
    with SshClient(node) as ssh:
        ssh.log_in()
        assert "Successfully" in ssh.paste("set cert import trust CallManager", authority.pem)
        csr = ssh.generate(unit)
        assert "Successfully" in ssh.paste(f"set cert import own {unit}", authority.sign(csr))
    restart_call_manager(sim, node.name)
    return str(pki.common_name(x509.load_pem_x509_csr(csr.encode()).subject))


@pytest.fixture(scope="module")
def joined(sim: RunningSimulator) -> RunningSimulator:
    """Every A joined with every B whose release is not older."""
    sim.reset()
    authority = Authority()
    names = {node.name: enrol(sim, authority, node) for node in sim.world.nodes()}
    for first, second in release_pairs():
        here, there = publisher(sim, first), publisher(sim, second, "B")
        for own, peer in ((here, there), (there, here)):
            extension = peer.cluster.topology.extensions[0]
            add_trunk(sim, own.cluster.name, peer.name, names[peer.name], extension)
    return sim


@pytest.mark.parametrize(("first", "second"), release_pairs())
def test_every_pair_of_releases_with_a_common_tls_version_can_call_each_other(
    joined: RunningSimulator, first: str, second: str
) -> None:
    here, there = joined.world.clusters[f"A{first}"], joined.world.clusters[f"B{second}"]
    old = [release in ("9.1", "10.5") for release in (first, second)]
    expected = "TLSv1.2"
    if any(old):
        expected = "TLSv1"
    elif (first, second) == ("15", "15"):
        expected = "TLSv1.3"
    for calling, called in ((here, there), (there, here)):
        result = joined.call(
            calling.name, calling.topology.extensions[0], called.topology.extensions[0]
        ).as_json()
        if any(old) and second == "15":
            assert (result["connected"], result["stage"]) == (False, "handshake"), result["reason"]
            continue
        assert result["connected"], result["reason"]
        assert result["srtp"]
        assert result["tls_version"] == expected
        if all(old):
            assert result["cipher"] == "AES128-SHA"
    assert len(release_pairs()) == 21


def test_a_peer_that_demands_tls_1_2_is_out_of_reach_of_9_1() -> None:
    topology = {"clusters": [clusters("A")[0], {**clusters("B")[-1], "sip_tls": ["1.2", "1.2"]}]}
    with running_simulator(hurried(topology_from(topology))) as simulator:
        authority = Authority()
        names = {node.name: enrol(simulator, authority, node) for node in simulator.world.nodes()}
        add_trunk(simulator, "A9.1", "b15", names["b15"], "2500")
        add_trunk(simulator, "B15", "a9-1", names["a9-1"], "1000")
        result = simulator.call("A9.1", "1000", "2500")
    assert (result.connected, result.stage) == (False, "handshake")


# Service updates


def updates(first: dict[str, Any], second: dict[str, Any]) -> Topology:
    """Clusters FIRST and SECOND of one node, with these fields."""
    made = [
        {
            "name": name,
            "extensions": [extension],
            "nodes": [{"name": name.lower(), "role": "publisher"}],
            **more,
        }
        for name, extension, more in (("FIRST", "1000", first), ("SECOND", "2000", second))
    ]
    return hurried(topology_from({"clusters": made}))


def linked(simulator: RunningSimulator, authority: Authority) -> None:
    """Both have certificates of one CA, RSA and EC where the release has one, and accept all of each other's names."""
    names: dict[str, list[str]] = {}
    for node in simulator.world.nodes():
        names[node.name] = [enrol(simulator, authority, node)]
        if node.cluster.topology.traits.elliptic_keys:
            names[node.name].append(enrol(simulator, authority, node, "CallManager-ECDSA"))
    add_trunk(simulator, "FIRST", "second", ",".join(names["second"]), "2000")
    add_trunk(simulator, "SECOND", "first", ",".join(names["first"]), "1000")


@pytest.mark.parametrize(
    ("first", "second", "version"),
    [
        ({"release": "14SU2"}, {"release": "15SU1"}, "TLSv1.2"),
        ({"release": "15SU1"}, {"release": "15"}, "TLSv1.2"),
        ({"release": "15SU2-upgraded"}, {"release": "15"}, "TLSv1.3"),
        ({"release": "9.1"}, {"release": "15SU2-upgraded"}, "TLSv1"),
        ({"release": "9.1"}, {"release": "15"}, None),
        ({"release": "14"}, {"release": "15", "sip_tls": ["1.3", "1.3"]}, None),
    ],
)
def test_the_tls_version_of_service_updates(
    first: dict[str, Any], second: dict[str, Any], version: str | None
) -> None:
    with running_simulator(updates(first, second)) as simulator:
        linked(simulator, Authority())
        for calling, called in (("FIRST", "2000"), ("SECOND", "1000")):
            result = simulator.call(calling, "1000" if calling == "FIRST" else "2000", called).as_json()
            assert result["connected"] is (version is not None), result["reason"]
            assert (result["tls_version"] or None) == version


@pytest.mark.parametrize(
    ("first", "second", "shown"),
    [
        ("", "", ("rsa", "rsa")),
        ("ec", "", ("ec", "rsa")),
        ("rsa", "ec", ("rsa", "ec")),
        ("ec", "ec", ("ec", "ec")),
    ],
)
def test_the_enterprise_parameter_decides_which_certificate_tls_1_3_shows(
    first: str, second: str, shown: tuple[str, str]
) -> None:
    options = ({"release": "15", "certificate_preference": preference} for preference in (first, second))
    with running_simulator(updates(*options)) as simulator:
        linked(simulator, Authority())
        result = simulator.call("FIRST", "1000", "2000").as_json()
    assert result["connected"], result["reason"]
    found = tuple(
        "ec" if f"CN={side}-EC" in result[f"{role}_certificate"]["subject"] else "rsa"
        for side, role in (("first", "client"), ("second", "server"))
    )
    assert found == shown


@pytest.mark.parametrize("mode", ["Authenticated", "Encrypted"])
@pytest.mark.parametrize("lowest", ["1.2", "1.3"])
def test_an_authenticated_profile_does_not_work_at_minimum_tls_1_3(mode: str, lowest: str) -> None:
    release = {"release": "15", "sip_tls": [lowest, "1.3"]}
    with running_simulator(updates(release, release)) as simulator:
        linked(simulator, Authority())

        def change() -> None:
            database = simulator.world.clusters["FIRST"].database
            profile = database.find("SipTrunkSecurityProfile", name="TLS second")
            assert profile is not None
            database.update(profile, {"securityMode": mode})
            simulator.world.clusters["FIRST"].reset_object("SipTrunkSecurityProfile", "TLS second")

        simulator.do(change)
        works = (mode, lowest) != ("Authenticated", "1.3")
        assert simulator.call("FIRST", "1000", "2000").connected is works
        assert simulator.node("first").sip.listening is works


@pytest.mark.parametrize(
    "algorithms", ["RSA-PSS+SHA256", "ECDSA+SHA256:ECDSA+SHA384", "RSA-PSS+SHA256:ECDSA+SHA384"]
)
@pytest.mark.parametrize("preference", ["rsa", "ec"])
@pytest.mark.parametrize("version", ["1_2", "1_3"])
def test_what_a_client_offers_limits_the_choice(algorithms: str, preference: str, version: str) -> None:
    """OpenSSL's program is the client. Up to TLS 1.2 the RSA certificate is the only one (assumed)."""
    second = {"release": "15", "certificate_preference": preference}
    with running_simulator(updates({"release": "15"}, second)) as simulator:
        linked(simulator, Authority())
        node = simulator.node("second")
        done = subprocess.run(
            [
                "openssl",
                "s_client",
                "-connect",
                f"{node.topology.address}:{node.sip.port}",
                f"-tls{version}",
                "-sigalgs",
                algorithms if version == "1_3" else f"{algorithms}:RSA+SHA256",
            ],
            input="",
            capture_output=True,
            text=True,
            check=False,
        )
    taken = {word for word in ("RSA", "ECDSA") if word in algorithms}
    elliptic = version == "1_3" and (taken == {"ECDSA"} or (len(taken) == 2 and preference == "ec"))
    subject = re.search(r"^subject=.*CN ?= ?(\S+)", done.stdout, re.MULTILINE)
    assert subject is not None, done.stderr
    assert subject.group(1) == ("second-EC.example.com" if elliptic else "second.example.com")


@pytest.mark.parametrize(
    ("release", "known"),
    [
        ("10.5", {}),
        ("14SU2", {"show tls server min-version": "1.0", "show tls client min-version": "1.0"}),
        ("15SU1", {"show tls server min-version": "1.0", "show tls client min-version": "1.0"}),
        ("15", {"show tls min-version": "1.2"}),
        ("15SU2-upgraded", {"show tls min-version": "1.0"}),
    ],
)
def test_the_command_line_shows_the_minimum_tls_version(release: str, known: dict[str, str]) -> None:
    commands = [f"show tls {words}min-version" for words in ("", "server ", "client ")]
    with (
        running_simulator(updates({"release": release}, {"release": "15"})) as simulator,
        SshClient(simulator.node("first")) as ssh,
    ):
        ssh.log_in()
        said = {
            command: ssh.command(command) for command in (*commands, "show tls", "show tls min-version now")
        }
    for command, text in said.items():
        expected = (
            f"minimum version: {known[command]}" if command in known else "Executed command unsuccessfully"
        )
        assert expected in text


def test_a_variant_is_known_by_its_build() -> None:
    builds = {release(name).ccm_version for name in ("14", "14SU2", "15SU1", "15", "15SU2-upgraded")}
    assert len(builds) == 4
    assert release("15SU1").versions == release("15").versions
    assert common_sip_version("9.1", "15") is None
    assert common_sip_version("9.1", "15SU2-upgraded") == "1.0"


# The guide


def test_the_guides_clusters() -> None:
    authority = Authority("CA")
    with running_simulator(hurried(guide_topology())) as simulator:
        names = {node.name: enrol(simulator, authority, node) for node in simulator.world.nodes()}
        assert names == {"CUCMA": "CUCMA", "CUCM10": "CUCM10"}
        for node in simulator.world.nodes():
            identity = node.certificates.installed["CallManager"].certificate
            assert identity.public_key().key_size == 1024
            assert subject(identity) == ["C", "ST", "L", "O", "OU", "CN"]
        for own, peer, pattern, address in (
            ("CUCMA", "CUCM10", "9898", "127.106.95.200"),
            ("CUCM10", "CUCMA", "1018", "127.106.95.203"),
        ):
            destination = {"addressIpv4": address, "port": "5061", "sortOrder": "1"}
            add_trunk(simulator, own, peer, names[peer], pattern, destinations=[destination])
        result = simulator.call("CUCMA", "1018", "9898").as_json()
        assert simulator.call("CUCM10", "9898", "1018").connected
    assert (result["connected"], result["tls_version"], result["cipher"]) == (True, "TLSv1", "AES128-SHA")
    assert result["server_certificate"]["subject"] == "CN=CUCM10,OU=cisco,O=cisco,L=cisco,ST=cisco,C=IN"


def test_a_topology_of_any_two_releases() -> None:
    first, second = pair_topology("9.1", "15").clusters
    assert (first.name, first.release, first.extensions) == ("ALPHA", "9.1", ("1018",))
    assert (second.name, second.release, second.extensions) == ("BETA", "15", ("9898",))
    assert pair_topology("14", "14").clusters[1].release == "14"
