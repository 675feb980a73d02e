// Asks the package registry for known weaknesses of what the service runs on, and fails where one is high or critical. Where the
// registry does not answer that question it says so: then nothing has been found out.
import { spawnSync } from 'node:child_process';

const { stdout } = spawnSync('npm', ['audit', '--omit=dev', '--json'], { encoding: 'utf8' });
const report = parsed(stdout);
if (report?.metadata === undefined) {
  console.log(`NOT AUDITED: the package registry does not tell known weaknesses (${report?.message ?? 'no answer'}).`);
} else {
  const { high, critical } = report.metadata.vulnerabilities;
  for (const { name, severity, range, fixAvailable } of Object.values(report.vulnerabilities))
    console.log(`${severity}: ${name} ${range}${fixAvailable ? ', mended in a newer version' : ''}`);
  console.log(`Audited: ${high} high and ${critical} critical weaknesses are known.`);
  if (high + critical > 0) process.exitCode = 1;
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
