import { HOST_FILES, PRISTINE } from './host-files.ts'

/**
 * Gives the host a ufw of its own, runs the commands (`allow 22/tcp`, in shell words) and enables it. No kernel module
 * is asked for: they are the machine's.
 */
export const ufwScript = (commands: readonly string[]): string => `set -e
cp -a ${PRISTINE}/ufw ${HOST_FILES}/ufw
cp /usr/share/ufw/iptables/*.rules ${HOST_FILES}/ufw/ # not what the machine's own ufw was told
cp -a ${PRISTINE}/default-ufw ${HOST_FILES}/default-ufw
sed -i --follow-symlinks 's/^IPT_MODULES=.*/IPT_MODULES=""/; s/^IPV6=.*/IPV6=yes/' /etc/default/ufw
${commands.map((command) => `ufw ${command}`).join('\n')}
ufw --force enable
ufw status | grep -q '^Status: active'`
