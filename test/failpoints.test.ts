import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { armFailpoints, reach } from '#core/failpoints.ts';
import { parseFailpoints, setFailpoints } from '#src/failpoints.ts';

afterEach(() => armFailpoints(undefined));

test('points are read, with the action and the time it is reached', () => {
  assert.deepEqual(parseFailpoints('message.sent:kill@2, picture.drawn:throw'), [
    { name: 'message.sent', action: 'kill', at: 2 },
    { name: 'picture.drawn', action: 'throw' },
  ]);
  assert.deepEqual(parseFailpoints(''), []);
});

test('what is no point is said, with all that there are', () => {
  for (const wrong of ['message.sent', 'message.sent:burn', 'nowhere:kill', 'message.sent:kill@0', 'constructor:kill']) {
    const complaint = parseFailpoints(wrong);
    assert.ok(typeof complaint === 'string');
    assert.match(complaint, /must be POINT:ACTION or POINT:ACTION@N; points are .*message\.sent.*kill, throw, stop/);
  }
});

test('nothing happens anywhere until a point is armed, and then only there and then', () => {
  reach('message.sent');
  setFailpoints([{ name: 'message.sent', action: 'throw', at: 2 }]);
  reach('picture.drawn');
  reach('message.sent');
  assert.throws(() => reach('message.sent'), /failpoint message\.sent/);
  reach('message.sent');
});
