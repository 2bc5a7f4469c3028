// In the sandbox in which an index serves documentation, pages have no storage: to ask for it raises an
// error, which would end the search and the choice of colors.  There, forget everything with the page.
try {
  window.localStorage.length;
} catch {
  const kept = new Map();
  Object.defineProperty(window, "localStorage", {
    value: {
      getItem: (key) => kept.get(key) ?? null,
      setItem: (key, value) => kept.set(key, String(value)),
      removeItem: (key) => kept.delete(key),
    },
  });
}
