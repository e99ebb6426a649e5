import type { ApiReason, EndpointReason, PmmCertificate } from '../report/report-pmm.ts'

/** What an API's row means, as the end of a sentence that begins with its name. */
export const API_TEXTS: Readonly<Record<ApiReason, string>> = {
  answered: 'answers',
  'not-reached': 'is not reached',
  refused: 'refuses the connection: nothing listens there',
  timeout: 'gives no answer in time',
  reset: 'cuts the connection off',
  'tls-failed': 'speaks no TLS that fits',
  'no-tls-library': 'could not be asked: the Python of the node has no TLS',
  'no-http': 'answers with something that is no HTTP',
  'no-answer': 'closes the connection without an answer',
  'cut-off': 'cuts its answer off',
  'not-ready': 'answers that it is not ready (status 5xx)',
  'other-answer': 'answers, but not as this API does',
  'password-refused': 'refuses the user and password that were given',
  'password-wanted': 'wants a user and password',
  'password-withheld':
    'wants a user and password, which were not sent since nothing proves that it is the right server',
  'not-asked': 'was not asked',
}

export const API_NEXT: Readonly<Partial<Record<ApiReason, string>>> = {
  'not-reached': 'Look at the address of the server, and at the route to it.',
  refused: 'Start the PMM server, or give its port: --pmm-server HOST:PORT.',
  timeout: 'Look at the log of the PMM server: it accepts connections and does not answer.',
  reset: 'Look at what stands before the PMM server: a proxy, or a firewall that reads along.',
  'tls-failed': 'Give the port on which the server speaks HTTPS, or 80 for HTTP: --pmm-server HOST:PORT.',
  'no-http': 'Give the port of the PMM server: something else has this one.',
  'no-answer': 'Look at the log of the PMM server.',
  'cut-off': 'Look at the log of the PMM server.',
  'not-ready': 'Look at the log of the PMM server: docker logs pmm-server.',
  'other-answer': 'Look at what has this port: another version of PMM (see --pmm), or no PMM at all.',
  'password-refused': 'Look at PMM_USER and PMM_PASSWORD, or at the file of --pmm-credentials-file.',
  'password-wanted': 'Give them as PMM_USER and PMM_PASSWORD, or with --pmm-credentials-file.',
  'password-withheld': 'If the server is known to be the right one, add --pmm-insecure-tls.',
}

/** After "the PMM server's certificate". */
export const CERTIFICATE_TEXTS: Readonly<Record<PmmCertificate['verification'], string>> = {
  ok: 'is good',
  'self-signed': 'is signed by itself: nothing proves whose it is',
  expired: 'has expired',
  'not-yet-valid': 'is not valid yet by the clock of the node',
  'wrong-name': 'is for another name',
  untrusted: 'is of an authority that the node does not know',
}

/** After the endpoint's address. */
export const ENDPOINT_TEXTS: Readonly<Record<EndpointReason, string>> = {
  scraped: 'the PMM server fetches from it',
  open: 'the path is open',
  blocked: 'the path is blocked',
  'nothing-listens': 'the path is open, but nothing listens: the exporter does not run',
  pushed: 'the node sends its metrics itself, so nobody connects to it: refused or blocked, it is healthy',
  'exporter-fails': 'not the firewall: the PMM server gets no metrics from the exporter',
  'exporter-password': "not the firewall: the exporter refuses the PMM server's password",
  'exporter-tls': 'not the firewall: the PMM server and the exporter do not agree on TLS',
  'not-known': 'nobody could tell whether the PMM server gets to it',
}

export const ENDPOINT_NEXT: Readonly<Partial<Record<EndpointReason, string>>> = {
  'nothing-listens':
    'Start the exporter there; "pmm-admin list" shows which should run, and /var/log/pmm-*.log why one does not.',
  'exporter-fails': 'Look at the log of the exporter on the node: /var/log/pmm-*.log.',
  'exporter-password':
    'Set the password again on the node: pmm-admin config --server-password, or web.config of the exporter.',
  'exporter-tls': "Look at the exporter's certificate and its scheme in the PMM server's list of targets.",
  'not-known':
    'Have ssh log in to the PMM server, or give it a user and password: PMM_USER and PMM_PASSWORD.',
}
