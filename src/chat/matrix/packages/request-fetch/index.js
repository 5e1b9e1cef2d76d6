'use strict';
// matrix-bot-sdk asks for this package when it is loaded. Blitzbild's client brings its own transport (see
// src/chat/matrix/client.ts), so a call that arrives here took a way around it: say so instead of reaching the network.
module.exports = function request(_options, callback) {
  callback(new Error('matrix-bot-sdk tried to reach the network without the transport of src/chat/matrix/client.ts'));
};
