// What this browser keeps to be read without a network: encrypted, in IndexedDB. The key is made here, cannot be taken
// out of the browser by scripts, and is deleted with what it opens. It is for one sign-in: what another one left is
// deleted, not opened. The page, the page without a network and the worker use this.

const DATABASE = "im66.history";
// Rises when what is kept has another form: then it is deleted.
const FORM = 1;
const STORE = "kept";
const LABEL = "label";
const DAY_MS = 24 * 60 * 60 * 1000;
const IV_BYTES = 12;

/** `login`: the sign-in's id; `at`: when the server was last reached; `days`: how long after that it is kept. @typedef {{ login: string, days: number, at: number, key: CryptoKey }} Label */

/** What came to be kept may no longer be: another tab has deleted it, or it is of another sign-in. */
export class Closed extends Error {}

export class Vault {
  /** @param {IDBDatabase} database @param {Label} label */
  constructor(database, label) {
    this.database = database;
    this.label = label;
    // Another tab deletes the database, or the browser does.
    database.onversionchange = () => database.close();
  }

  /** What was kept under this number; undefined if nothing is. @param {number} slot @returns {Promise<Uint8Array | undefined>} */
  async bytes(slot) {
    const kept = await this.#act("readonly", (store) => store.get(slot));
    if (!kept) return undefined;
    const { iv, sealed } = kept;
    return new Uint8Array(await crypto.subtle.decrypt({ name: "AES-GCM", iv, additionalData: named(slot) }, this.label.key, sealed));
  }

  /** @param {number} slot @param {Uint8Array<ArrayBuffer>} bytes */
  async keepBytes(slot, bytes) {
    const iv = crypto.getRandomValues(new Uint8Array(IV_BYTES));
    const sealed = await crypto.subtle.encrypt({ name: "AES-GCM", iv, additionalData: named(slot) }, this.label.key, bytes);
    await this.#act("readwrite", (store) => store.put({ iv, sealed }, slot));
  }

  /** @param {number} slot @returns {Promise<any>} */
  async read(slot) {
    const bytes = await this.bytes(slot);
    return bytes && JSON.parse(new TextDecoder().decode(bytes));
  }

  /** @param {number} slot @param {unknown} value */
  keep(slot, value) {
    return this.keepBytes(slot, new TextEncoder().encode(JSON.stringify(value)));
  }

  /** @param {number} slot */
  remove(slot) {
    return this.#act("readwrite", (store) => store.delete(slot));
  }

  /** Only what is kept under these numbers stays. @param {ReadonlySet<number>} slots */
  async removeOthers(slots) {
    const all = await this.#act("readonly", (store) => store.getAllKeys());
    for (const slot of all) if (slot !== LABEL && !slots.has(slot)) await this.remove(slot);
  }

  /** The server has been reached now. @param {number} days   how long it is kept from now on */
  async touch(days) {
    this.label = { ...this.label, days, at: Date.now() };
    await this.#act("readwrite", (store) => store.put(this.label, LABEL));
  }

  close() {
    this.database.close();
  }

  /**
   * In one transaction with a look at the label, so that no tab writes into what is another sign-in's by now. Raises Closed.
   *
   * @param {IDBTransactionMode} mode
   * @param {(store: IDBObjectStore) => IDBRequest} act
   */
  async #act(mode, act) {
    const transaction = this.database.transaction(STORE, mode);
    const store = transaction.objectStore(STORE);
    const label = await done(store.get(LABEL));
    if (label?.login !== this.label.login) throw new Closed();
    const request = act(store);
    await ended(transaction);
    return request.result;
  }
}

/** @param {number} slot   what is sealed under one number is not read under another */
const named = (slot) => new TextEncoder().encode(String(slot));

/** Begin to keep something for this sign-in. Raises an error where the browser does not. @param {string} login @param {number} days */
export async function begin(login, days) {
  const key = await crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]);
  const database = await openDatabase();
  const label = { login, days, at: Date.now(), key };
  const transaction = database.transaction(STORE, "readwrite");
  transaction.objectStore(STORE).clear();
  transaction.objectStore(STORE).put(label, LABEL);
  await ended(transaction);
  return new Vault(database, label);
}

/**
 * What is kept. What is too old, or of another sign-in than `login`, is deleted. Null if nothing is left.
 *
 * @param {string} [login]   without it, whichever
 * @returns {Promise<Vault | null>}
 */
export async function reopen(login) {
  if (!globalThis.crypto?.subtle || !(await keepsSomething())) return null;
  try {
    const database = await openDatabase();
    const label = await done(database.transaction(STORE).objectStore(STORE).get(LABEL));
    if (label && isFresh(label) && (login === undefined || label.login === login)) return new Vault(database, label);
    database.close();
    if (label) await wipe();
  } catch {
    // A browser that keeps nothing.
  }
  return null;
}

/** A clock that was set back does not make it last. @param {Label} label */
function isFresh({ at, days }) {
  const age = Date.now() - at;
  return -DAY_MS < age && age < days * DAY_MS;
}

/** Delete all that is kept, and the key. */
export async function wipe() {
  if (!(await keepsSomething())) return;
  try {
    const database = await openDatabase();
    // Other tabs may have it open, which would keep its deletion waiting.
    const transaction = database.transaction(STORE, "readwrite", { durability: "strict" });
    transaction.objectStore(STORE).clear();
    await ended(transaction);
    database.close();
    indexedDB.deleteDatabase(DATABASE);
  } catch {
    // Nothing is kept where nothing can be opened.
  }
}

/** Whether something may be kept here: to open it would make it. */
export async function keepsSomething() {
  try {
    const all = await indexedDB.databases();
    return all.some(({ name }) => name === DATABASE);
  } catch {
    return Boolean(globalThis.indexedDB);
  }
}

/** @returns {Promise<IDBDatabase>} */
function openDatabase() {
  const request = indexedDB.open(DATABASE, FORM);
  request.onupgradeneeded = () => {
    const { result } = request;
    if (result.objectStoreNames.contains(STORE)) result.deleteObjectStore(STORE);
    result.createObjectStore(STORE);
  };
  return done(request);
}

/** @param {IDBRequest} request @returns {Promise<any>} */
function done(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

/** A full disk says so at the end only. @param {IDBTransaction} transaction @returns {Promise<void>} */
function ended(transaction) {
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve();
    transaction.onabort = () => reject(transaction.error ?? new Closed());
  });
}
