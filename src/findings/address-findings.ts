import type { Finding } from '../report/report.ts'
import { advertisedAddresses } from './advertised-address.ts'
import { boundAddresses } from './bound-addresses.ts'
import { certificateDates } from './certificate-dates.ts'
import { foreignCertificates } from './certificate-other-ca.ts'
import { certificateFiles } from './certificates.ts'
import { clusterAddressMisses } from './cluster-address-misses.ts'
import { clusterAddressPorts } from './cluster-address-port.ts'
import { clusterAddressUnknown } from './cluster-address-unknown.ts'
import { clusterNamesDiffer } from './cluster-name.ts'
import { clusterSchemes } from './cluster-scheme.ts'
import type { ClusterView } from './cluster-view.ts'
import { encryptionDiffers } from './encryption.ts'
import { ipv6FirstDead } from './ipv6-first.ts'
import { membersNotListed } from './living-members.ts'
import { clusterNames } from './names.ts'
import { guessedAddresses } from './node-address-guessed.ts'
import { notInCluster } from './not-in-cluster.ts'
import { seenElsewhere } from './seen-elsewhere.ts'
import { settingsSources } from './settings-source.ts'
import { wrongInterfaces } from './wrong-interface.ts'

/** What the settings of the members say that cannot work: addresses, names, ports, encryption; the gravest kinds first. */
export function addressFindings(view: ClusterView): Finding[] {
  return [
    clusterSchemes,
    notInCluster,
    advertisedAddresses,
    wrongInterfaces,
    guessedAddresses,
    seenElsewhere,
    boundAddresses,
    clusterNamesDiffer,
    clusterAddressMisses,
    clusterAddressUnknown,
    clusterAddressPorts,
    clusterNames,
    ipv6FirstDead,
    encryptionDiffers,
    certificateFiles,
    certificateDates,
    foreignCertificates,
    membersNotListed,
    settingsSources,
  ].flatMap((find) => find(view))
}
