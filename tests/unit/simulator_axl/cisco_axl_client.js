// Copyright (c) 2026, the ucops.cucm contributors
// GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
// SPDX-License-Identifier: GPL-3.0-or-later

// Makes the calls that stand as JSON on the standard input by the client cisco-axl, and prints what came of each.
const fs = require("fs");
const AxlService = require("cisco-axl");

async function main() {
  const { endpoint, username, password, version, calls } = JSON.parse(fs.readFileSync(0, "utf8"));
  const service = new AxlService("127.0.0.1", username, password, version);
  service._OPTIONS.endpoint = endpoint; // the client knows the port 8443 alone
  const results = [];
  for (const [operation, tags] of calls) {
    try {
      results.push({ value: await service.executeOperation(operation, tags, { clean: true }) });
    } catch (error) {
      results.push({ error: error instanceof Error ? String(error) : error });
    }
  }
  process.stdout.write(JSON.stringify(results));
}

main();
