// Whoever asks for it after all is told so, instead of reaching for a network.
module.exports = () => {
  throw new Error('this is no part of Blitzbild');
};
