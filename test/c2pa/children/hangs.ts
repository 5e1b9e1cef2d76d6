/** Reads nothing, and never answers. */
process.on('message', () => {
  for (;;);
});
