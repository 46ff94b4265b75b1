// One file, two lives: in the page it hands each challenge to a worker; in the worker it solves it (altcha v2).
// Where it cannot run, the field stays empty and the server applies its stricter limits.

const fromHex = (hex) => Uint8Array.from(hex.match(/../g), (pair) => parseInt(pair, 16));
const toHex = (bytes) => [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");

async function solve({ parameters, signature }) {
  const { cost, keyLength, keyPrefix } = parameters;
  const salt = fromHex(parameters.salt);
  const nonce = fromHex(parameters.nonce);
  const password = new Uint8Array(nonce.length + 4);
  password.set(nonce);
  for (let counter = 0; counter < 2 ** 32; counter += 1) {
    new DataView(password.buffer).setUint32(nonce.length, counter);
    const key = await crypto.subtle.importKey("raw", password, "PBKDF2", false, ["deriveBits"]);
    const kdf = { name: "PBKDF2", hash: "SHA-256", salt, iterations: cost };
    const derivedKey = toHex(new Uint8Array(await crypto.subtle.deriveBits(kdf, key, keyLength * 8)));
    if (derivedKey.startsWith(keyPrefix)) {
      return btoa(JSON.stringify({ challenge: { parameters, signature }, solution: { counter, derivedKey } }));
    }
  }
  return "";
}

if (typeof document === "undefined") {
  self.addEventListener("message", async (event) => self.postMessage(await solve(event.data)));
} else {
  for (const field of document.querySelectorAll("[data-proof-of-work]")) {
    const worker = new Worker(document.currentScript.src);
    worker.addEventListener("message", (event) => {
      field.value = event.data;
      worker.terminate();
    });
    worker.postMessage(JSON.parse(field.dataset.proofOfWork));
  }
}
