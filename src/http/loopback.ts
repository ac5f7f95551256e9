/** @module Addresses that only this machine reaches. */

/** Whether only this machine reaches a host. */
export const isLoopback = (host: string): boolean =>
  /^(127(\.\d{1,3}){3}|localhost|\[?::1\]?)$/.test(host);
