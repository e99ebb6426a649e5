import type { Host } from './topology.ts'

/**
 * A host's own files, at the same path on every host. `ip netns exec` binds /etc/netns/NAME/host over it, so what runs
 * on a host by `Lab.exec`, by `--via` or below its sshd sees the same, and no wrapper is needed.
 */
export const HOST_FILES = '/etc/host'

/** What the packages brought, before a host changed it. */
export const PRISTINE = '/run/lab/pristine'

/** Where the front ends of the firewall keep their things, and where that is below `HOST_FILES`. */
const LINKS: Record<string, string> = {
  '/etc/firewalld': 'firewalld',
  '/etc/ufw': 'ufw',
  '/etc/default/ufw': 'default-ufw',
  '/run/dbus': 'dbus',
  '/run/firewalld': 'run-firewalld',
  '/run/firewalld.pid': 'firewalld.pid',
}

/** The links to where nothing is yet: a host has no firewalld and no ufw before it is given one. Runs in the holder. */
export const hostFilesScript = (hosts: readonly Host[]): string => `
mkdir -p ${HOST_FILES} ${PRISTINE} ${hosts.map(({ name }) => `/etc/netns/${name}/host`).join(' ')}
${Object.entries(LINKS)
  .map(
    ([path, name]) => `[ ! -e ${path} ] || mv ${path} ${PRISTINE}/${name}
[ ! -d ${path.slice(0, path.lastIndexOf('/'))} ] || ln -s ${HOST_FILES}/${name} ${path}`,
  )
  .join('\n')}
`
