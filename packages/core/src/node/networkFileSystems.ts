/** File systems by the number that Linux knows them by. */

/**
 * Those that are, or may be, on another machine: what one sees there of another's files may be old. FUSE is among them,
 * because it does not say what is behind it.
 */
const network: ReadonlyMap<number, string> = new Map([
  [0x6969, "NFS"],
  [0x517b, "SMB"],
  [0xff534d42, "CIFS"],
  [0xfe534d42, "SMB2"],
  [0x01021997, "9P"],
  [0x5346414f, "AFS"],
  [0x73757245, "Coda"],
  [0x65735546, "FUSE"],
  [0x00c36400, "Ceph"],
  [0x01161970, "GFS2"],
  [0x7461636f, "OCFS2"],
  [0x0bd00bd0, "Lustre"],
  [0x47504653, "GPFS"],
  [0x19830326, "BeeGFS"],
  [0x786f4256, "VirtualBox"],
  [0xbacbacbc, "VMware"]
])

/** The name of a network file system, or nothing for a local one. */
export const networkName = (type: number): string | undefined => network.get(type >>> 0)
