/** @module Software drivers for GPUs: they compute on the CPU, so that code for GPUs is tested where there is none. */

import { existsSync } from "node:fs";
import { dirname } from "node:path";

/** Where drivers are described: that of Debian's Chromium, that of Mesa. */
const PLACES = [
  "/usr/lib/chromium/vk_swiftshader_icd.json",
  "/usr/share/vulkan/icd.d/lvp_icd.x86_64.json",
  "/usr/share/vulkan/icd.d/lvp_icd.aarch64.json",
];

/** What makes a process find a driver; `undefined`: there is none. */
export function softwareGpu(): Record<string, string> | undefined {
  const driver = PLACES.find((path) => existsSync(path));
  if (driver === undefined) return undefined;
  // Chromium brings the loader of drivers along.
  const libraries = [dirname(driver), process.env["LD_LIBRARY_PATH"] ?? ""].join(":");
  return {
    VK_ICD_FILENAMES: driver,
    VK_DRIVER_FILES: driver,
    LD_LIBRARY_PATH: libraries,
  };
}

/** What keeps a process from finding any driver, on Linux. */
export const NO_GPU = { VK_ICD_FILENAMES: "/no/driver.json", VK_DRIVER_FILES: "/no/driver.json" };
