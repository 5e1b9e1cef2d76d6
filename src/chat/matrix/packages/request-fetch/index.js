'use strict';
// matrix-bot-sdk asks for this package when it is loaded. Blitzbild sets its own transport before the first request,
// so a call that arrives here means that the transport was not set: say so instead of reaching the network.
module.exports = function request(_options, callback) {
  callback(new Error('No transport was set for matrix-bot-sdk: call installTransport() first'));
};
