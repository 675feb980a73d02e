import { isIP } from 'node:net';
import { ConfigError, type Said, type Setting } from './setting.ts';

/** Names that stand for the addresses of a machine itself, of a link, and of private networks. */
const namedNetworks = ['loopback', 'linklocal', 'uniquelocal'];

/** Addresses and networks, separated by commas. */
export function networks(name: string, said: Said): Setting<readonly string[]> {
  const example = '10.0.0.0/8';
  const read = (given = '') => {
    const values = given
      .split(',')
      .map((value) => value.trim())
      .filter(Boolean);
    const wrong = values.find((value) => !namedNetworks.includes(value) && !isNetwork(value));
    if (wrong !== undefined)
      throw new ConfigError(
        `${name}=${wrong}: expected addresses, networks such as ${example}, or one of ${namedNetworks.join(', ')}`,
      );
    return values;
  };
  const words = namedNetworks.map((each) => `\`${each}\``).join(', ');
  return {
    ...said,
    name,
    expected: `addresses, networks such as \`${example}\`, ${words}`,
    otherwise: undefined,
    read,
  };
}

function isNetwork(value: string): boolean {
  const [address = '', prefix, ...more] = value.split('/');
  const bits = { 4: 32, 6: 128 }[isIP(address)];
  if (bits === undefined || more.length > 0) return false;
  return prefix === undefined || (/^\d{1,3}$/.test(prefix) && Number(prefix) >= 1 && Number(prefix) <= bits);
}
