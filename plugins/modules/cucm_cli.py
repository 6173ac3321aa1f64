#!/usr/bin/python
# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: cucm_cli
short_description: Run commands at the command line of a Unified CM node
version_added: 0.2.0
description:
  - Runs commands at the C(admin) prompt of a node over SSH, in one session, one after the other, and gives what they
    print. Questions of the node are answered as O(commands[].answers) says.
  - This is the last resort for what no other module does. It does not know what a command means, so it cannot tell
    whether anything needs to be done.
  - A question without an answer here is not answered. The session is ended, and the error says what was asked.
author:
  - ucops.cucm contributors (@ucops)
extends_documentation_fragment:
  - ucops.cucm.attributes
  - ucops.cucm.ssh
  - ucops.cucm.ssh.account
attributes:
  check_mode:
    support: partial
    details:
      - Only commands that only read are run. The others are listed in RV(skipped_commands), and O(commands[].expect) of
        the commands after them does not count.
      - Set C(check_mode) of the task to V(false) to have all of them run.
  diff_mode:
    support: none
  idempotent:
    support: N/A
    details:
      - That depends on the command.
options:
  commands:
    description:
      - The commands, in their order. After one that fails, those after it are not run; they are listed in RV(not_run).
      - Commands are shown in results and logs, so none may have a secret in it.
    type: list
    elements: dict
    required: true
    suboptions:
      command:
        description:
          - The command, as it is typed at the prompt.
          - Commands that run until Ctrl-C, such as C(utils network capture), cannot be used, and none can that
            restarts the node without the error V(answer_lost).
        type: str
        required: true
      answers:
        description:
          - Answers to what the command asks. Each is given once, so a question that comes twice needs two.
          - A question that does not come is not an error, since releases differ.
        type: list
        elements: dict
        suboptions:
          prompt:
            description:
              - Regular expression for the end of the node's last words. Where case does not count, write C((?i:words\)).
            type: str
            required: true
          answer:
            description:
              - What to type. Enter is pressed after it. Several lines are pasted one by one, as for a certificate.
              - Either this or O(commands[].answers[].secret_answer) is required.
            type: str
          secret_answer:
            description:
              - The same for a secret, such as a password. It is kept out of all results and of the transcript.
              - Every text equal to the secret is masked in the result, so do not use it for a mere V(yes).
            type: str
      expect:
        description:
          - Regular expression that must match somewhere in what the command prints, else the task fails. C((?m\)) at its
            beginning lets C(^) and C($) stand for each line.
        type: str
      timeout:
        description:
          - Seconds to wait for the end of this command, instead of O(timeout).
        type: int
  changed:
    description:
      - Whether to report a change.
      - Without it, the task reports a change unless every command only reads. Commands that only read begin with C(show)
        (without the word C(file), which may order to write a file), C(file list), C(file search), C(file view),
        C(utils network host), C(utils network ping) or C(utils service list).
    type: bool
notes:
  - Needs the operating system administrator of the node itself (the account of C(Cisco Unified OS Administration)). Most
    commands that change something need privilege level 1.
  - It is not in the action group C(ucops.cucm.cucm), since most options of that group are about HTTPS and do not exist
    here.
  - A command is never sent twice. When the connection is lost after it was sent, the error has the reason
    V(answer_lost), and whether it took effect is for you to find out.
  - The first prompt alone can take ten seconds.
  - When a task runs on the control node, its work is done inside the Ansible process, as with the other modules of this
    collection.
seealso:
  - module: ucops.cucm.cucm_service
  - module: ucops.cucm.cucm_cert_info
"""

EXAMPLES = r"""
- name: Read the release and the state of the services
  ucops.cucm.cucm_cli:
    host: cucm-pub.example.com
    username: osadmin
    password: "{{ vault_os_password }}"
    commands:
      - command: show version active
      - command: utils service list
  register: read

- name: Show the release
  ansible.builtin.debug:
    msg: "{{ read.commands[0].stdout_lines }}"

- name: Make a new self-signed certificate, and see that it was made
  ucops.cucm.cucm_cli:
    host: cucm-pub.example.com
    username: osadmin
    password: "{{ vault_os_password }}"
    commands:
      - command: set cert regen ITLRecovery
        answers:
          - prompt: Proceed with regeneration \(yes\|no\)\?
            answer: "yes"
        expect: (?i)successfully regenerated
        timeout: 120

- name: Send a capture to an SFTP server
  ucops.cucm.cucm_cli:
    host: cucm-pub.example.com
    username: osadmin
    password: "{{ vault_os_password }}"
    commands:
      - command: file get activelog platform/cli/packets.cap
        answers:
          - {prompt: "proceed \\[y/n\\]\\?", answer: "y"}
          - {prompt: "SFTP server IP:", answer: 192.0.2.20}
          - {prompt: "SFTP server port \\[22\\]:", answer: ""}
          - {prompt: "User ID:", answer: collector}
          - {prompt: "Password:", secret_answer: "{{ vault_sftp_password }}"}
          - {prompt: "Download directory:", answer: /captures}
        expect: Transfer completed
        timeout: 600
    changed: false
"""

RETURN = r"""
commands:
  description: The commands that were run, in their order, also when the task fails; in check mode those that were skipped too.
  returned: success, and failure of a command
  type: list
  elements: dict
  contains:
    command:
      description: The command.
      type: str
      sample: show version active
    stdout:
      description: What it printed, without the command and the prompt.
      type: str
      sample: "Active Master Version: 11.5.1.12900-21"
    stdout_lines:
      description: The same, line by line.
      type: list
      elements: str
      sample: ["Active Master Version: 11.5.1.12900-21"]
    answered:
      description: The O(commands[].answers[].prompt) that came and were answered.
      type: list
      elements: str
      sample: []
    skipped:
      description: Whether it was not run, for check mode.
      type: bool
      sample: false
    waited:
      description: Seconds until its end.
      type: float
      sample: 4.9
skipped_commands:
  description: The commands that check mode did not run.
  returned: success
  type: list
  elements: str
  sample: []
transcript:
  description:
    - The dialogue with the node, without passwords and private keys, and shortened in the middle when it is long.
  returned: when a session was opened
  type: str
  sample: "admin:show version active"
waited:
  description: Seconds spent in commands.
  returned: success
  type: float
  sample: 4.9
not_run:
  description: The commands after the one that failed.
  returned: failure of a command
  type: list
  elements: str
  sample: [utils service list]
"""

from ansible_collections.ucops.cucm.plugins.module_utils._common.definition import run_module
from ansible_collections.ucops.cucm.plugins.module_utils._modules.cucm_cli import DEFINITION


def main() -> None:
    run_module(DEFINITION)


if __name__ == "__main__":
    main()
