import { readFileSync } from 'node:fs';

/** Resident memory of a process in MB; `undefined` where there is no /proc, and when the process is gone. */
export const residentMb = (pid: number): number | undefined => statusMb(pid, 'VmRSS');

/** The most it ever was. */
export const peakMb = (pid: number): number | undefined => statusMb(pid, 'VmHWM');

function statusMb(pid: number, field: string): number | undefined {
  try {
    const kibibytes = new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return kibibytes === undefined ? undefined : (Number(kibibytes) * 1024) / 1e6;
  } catch {
    return undefined;
  }
}
