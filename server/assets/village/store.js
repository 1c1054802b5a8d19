// What this phone keeps of the page: the server's key, the newest list, the clock's error, and what is still to be
// sent. No module, because the service worker reads it too. Nothing here tells who holds the phone.

(() => {
  const done = (request) =>
    new Promise((resolve, reject) => {
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error);
    });

  let opened;
  const open = () => {
    if (!opened) {
      const request = indexedDB.open("wurao-village", 1);
      request.onupgradeneeded = () => {
        request.result.createObjectStore("kept");
        request.result.createObjectStore("outbox", { autoIncrement: true });
      };
      opened = done(request);
    }
    return opened;
  };

  // Runs `job` in one transaction; comes back when it is on disk.
  const within = async (name, mode, job) => {
    const transaction = (await open()).transaction(name, mode);
    const finished = new Promise((resolve, reject) => {
      transaction.oncomplete = () => resolve();
      transaction.onabort = () => reject(transaction.error);
    });
    const result = await job(transaction.objectStore(name));
    await finished;
    return result;
  };

  const get = (name) => within("kept", "readonly", (store) => done(store.get(name)));
  const put = (name, value) => within("kept", "readwrite", (store) => done(store.put(value, name)));

  // Keeps a list unless one of a higher sequence is here.
  const keepList = (sequence, record) =>
    within("kept", "readwrite", async (store) => {
      const known = await done(store.get("list"));
      if (!known || sequence > known.sequence) await done(store.put({ sequence, record }, "list"));
    });

  const add = (sealed) => within("outbox", "readwrite", (store) => done(store.add(sealed)));

  // Sends what waits; how much went, and how much is left. What the server will never take is let go of.
  const send = async () => {
    const all = await within("outbox", "readonly", async (store) => {
      const [keys, values] = await Promise.all([done(store.getAllKeys()), done(store.getAll())]);
      return keys.map((key, at) => [key, values[at]]);
    });
    let sent = 0;
    for (const [key, sealed] of all) {
      let answer;
      try {
        answer = await fetch("/p/say", { method: "POST", body: sealed, credentials: "omit" });
      } catch {
        break;
      }
      if (!answer.ok && ![400, 413, 422].includes(answer.status)) break;
      await within("outbox", "readwrite", (store) => done(store.delete(key)));
      sent++;
    }
    return { sent, left: all.length - sent };
  };

  self.wuraoStore = { get, put, keepList, add, send };
})();
