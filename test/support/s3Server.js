/**
 * @module A program: an S3 server for tests, on a folder. It is s3rver with what that lacks and real stores do: signatures of
 * version 4 are checked, objects appear whole, and pages of a list are in the order of keys.
 *
 * Arguments: folder, port, bucket, access key, secret key, and "remove" where that is denied.
 */

import { createHash, createHmac, randomUUID, timingSafeEqual } from "node:crypto";
import { createWriteStream } from "node:fs";
import { mkdir, open, readdir, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import process from "node:process";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";

import S3rver from "s3rver";
import account from "s3rver/lib/models/account.js";
import S3Error from "s3rver/lib/models/error.js";
import S3Object from "s3rver/lib/models/object.js";
import FilesystemStore from "s3rver/lib/stores/filesystem.js";

const [folder, port, bucket, accessKey, secretKey, denied] = process.argv.slice(2);

/** How far clocks may be apart, as on Amazon's. */
const SKEW_MILLISECONDS = 15 * 60 * 1000;

const OBJECT = "._S3rver_object";

class Store extends FilesystemStore {
  async putObject({ bucket: name, key, content, metadata }) {
    const written = await this.writeWhole(this.getResourcePath(name, key, "object"), content);
    await this.putMetadata(name, key, metadata, written.md5);
    return written;
  }

  async putPart(name, upload, number, content) {
    const folder = join(this.getResourcePath(name, undefined, "uploads"), upload);
    const path = join(folder, String(number));
    const written = await this.writeWhole(path, content);
    await writeFile(`${path}.md5`, written.md5);
    return written;
  }

  /** Writes a file that appears when all of it has come. */
  async writeWhole(path, content) {
    const aside = join(this.rootDirectory, bucket, `${randomUUID()}.aside`);
    const hash = createHash("md5");
    let size = 0;
    try {
      await pipeline(
        Buffer.isBuffer(content) ? Readable.from([content]) : content,
        async function* (pieces) {
          for await (const piece of pieces) {
            hash.update(piece);
            size += piece.length;
            yield piece;
          }
        },
        createWriteStream(aside),
      );
      await mkdir(dirname(path), { recursive: true });
      await rename(aside, path);
    } catch (error) {
      await rm(aside, { force: true });
      throw error;
    }
    return { size, md5: hash.digest("hex") };
  }

  async getObject(name, key, range) {
    const file = await open(this.getResourcePath(name, key, "object")).catch(() => null);
    if (!file) return null;
    // One version from first to last, though another takes its place meanwhile.
    const { size } = await file.stat();
    const known = await this.getMetadata(name, key).catch(async (error) => {
      await file.close();
      throw error;
    });
    const metadata = { ...known, "content-length": size };
    const start = range?.start ?? 0;
    const end = Math.min(range?.end ?? Infinity, Math.max(0, size - 1));
    const content = file.createReadStream({ start, end });
    const object = new S3Object(name, key, content, metadata);
    if (range?.start !== undefined || range?.end) object.range = { start, end };
    return object;
  }

  async deleteObject(name, key) {
    for (const kind of ["object", "object.md5", "metadata.json"]) {
      await rm(this.getResourcePath(name, key, kind), { force: true });
    }
  }

  async listObjects(name, { prefix = "", startAfter = "", maxKeys }) {
    const base = this.getBucketPath(name);
    const files = await readdir(base, { recursive: true, withFileTypes: true });
    const keys = files
      .filter((file) => file.isFile() && file.name.endsWith(OBJECT))
      .map((file) => relative(base, join(file.parentPath, file.name)).slice(0, -OBJECT.length))
      .filter((key) => key.startsWith(prefix) && key > startAfter)
      .sort((a, b) => (a < b ? -1 : 1));
    const page = keys.slice(0, maxKeys);
    const objects = await Promise.all(
      page.map(async (key) => {
        const metadata = await this.getMetadata(name, key).catch(() => null);
        return metadata && new S3Object(name, key, null, metadata);
      }),
    );
    return {
      objects: objects.filter((object) => object !== null),
      commonPrefixes: [],
      isTruncated: keys.length > maxKeys,
    };
  }
}

const sha256 = (text) => createHash("sha256").update(text).digest("hex");
const hmac = (key, text) => createHmac("sha256", key).update(text).digest();

/** The signature that a request must have. */
function signatureOf({ method, url, headers }, scope, names) {
  const [path, query = ""] = url.split("?");
  const request = [
    method,
    path,
    query
      .split("&")
      .filter((part) => part !== "")
      .map((part) => (part.includes("=") ? part : `${part}=`))
      .sort()
      .join("&"),
    ...names.map((name) => `${name}:${headers[name].trim()}`),
    "",
    names.join(";"),
    headers["x-amz-content-sha256"],
  ].join("\n");
  const text = ["AWS4-HMAC-SHA256", headers["x-amz-date"], scope, sha256(request)].join("\n");
  return hmac(
    scope.split("/").reduce((key, part) => hmac(key, part), `AWS4${secretKey}`),
    text,
  );
}

function check(request) {
  const { headers } = request;
  const parts =
    /^AWS4-HMAC-SHA256 Credential=([^/]+)\/([^,]+), ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]{64})$/.exec(
      headers.authorization ?? "",
    );
  if (!parts) throw new S3Error("AccessDenied", "Access Denied");
  const [, key, scope, names, signature] = parts;
  if (key !== accessKey) throw new S3Error("InvalidAccessKeyId", "There is no such key.");
  const time = headers["x-amz-date"].replace(
    /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/,
    "$1-$2-$3T$4:$5:$6Z",
  );
  if (Math.abs(Date.now() - Date.parse(time)) > SKEW_MILLISECONDS) {
    throw new S3Error("RequestTimeTooSkewed", "The clocks are too far apart.");
  }
  const expected = signatureOf(request, scope, names.split(";"));
  if (!timingSafeEqual(expected, Buffer.from(signature, "hex"))) {
    throw new S3Error("SignatureDoesNotMatch", "The signature does not match.");
  }
}

account.DUMMY_ACCOUNT.createKeyPair(accessKey, secretKey);
const server = new S3rver({
  directory: folder,
  address: "127.0.0.1",
  port: Number(port),
  silent: true,
  vhostBuckets: false,
  configureBuckets: [{ name: bucket }],
});
server.store = server.context.store = new Store(folder);
server.middleware.unshift(async ({ req }, next) => {
  check(req);
  if (denied === "remove" && req.method === "DELETE") {
    throw new S3Error("AccessDenied", "Access Denied");
  }
  await next();
});
await server.run();
process.stdout.write("listening\n");
