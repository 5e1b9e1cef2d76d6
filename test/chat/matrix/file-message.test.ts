import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { readFileMessage } from '#src/chat/matrix/file-message.ts';

const picture = (more: object) => readFileMessage({ msgtype: 'm.image', url: 'mxc://s.test/abc', ...more });

describe('readFileMessage', () => {
  it('tells captions from names', () => {
    const cases: readonly (readonly [content: object, name: string, caption: string])[] = [
      [{ body: '!img vary --strength 0.4', filename: 'cat.png' }, 'cat.png', '!img vary --strength 0.4'],
      [{ body: 'cat.png', filename: 'cat.png' }, 'cat.png', ''],
      [{ body: 'cat.png' }, 'cat.png', ''],
      [{ body: '!img vary' }, '!img vary', ''],
      [{ body: 'cat.png', filename: '' }, 'cat.png', ''],
      [{ body: '', filename: 'cat.png' }, 'cat.png', ''],
      [{ filename: 'cat.png' }, 'cat.png', ''],
      [{}, 'file', ''],
      [{ body: 7, filename: ['x'] }, 'file', ''],
    ];
    for (const [content, name, caption] of cases) {
      const read = picture(content);
      assert.deepEqual([read?.attachment.name, read?.caption], [name, caption], JSON.stringify(content));
    }
  });

  it('gives a name that is only a name', () => {
    const nameOf = (filename: string) => picture({ filename })?.attachment.name;
    assert.equal(nameOf('../../etc/passwd'), 'passwd');
    assert.equal(nameOf('C:\\Users\\ada\\cat.png'), 'cat.png');
    assert.equal(nameOf('cat\u202egnp.exe\u0007\n.png'), 'catgnp.exe.png');
    assert.equal(nameOf('Füchse 🦊.png'), 'Füchse 🦊.png');
    assert.equal(nameOf('\u200b/'), 'file');
    assert.equal([...(nameOf('🦊'.repeat(500)) ?? '')].length, 200);
  });

  it('passes on type and size where they can be meant', () => {
    const infoOf = (info: unknown) => {
      const { name: _, ...facts } = picture({ body: 'x', info })?.attachment ?? { name: '' };
      return facts;
    };
    assert.deepEqual(infoOf({ mimetype: 'image/png', size: 12 }), { mimeType: 'image/png', bytes: 12 });
    for (const bad of [undefined, null, 'x', { mimetype: 'image/png\r\nX: y', size: -1 }, { mimetype: 7, size: 1.5 }, { size: 1e300 }])
      assert.deepEqual(infoOf(bad), {}, JSON.stringify(bad));
  });

  it('knows where the bytes are, and trusts no address but one of Matrix', () => {
    const sourceOf = (content: object) => readFileMessage({ msgtype: 'm.file', body: 'x', ...content })?.source;
    for (const server of ['s.test', 'localhost:8448', '10.0.0.1', '[2001:db8::1]:443'])
      assert.deepEqual(sourceOf({ url: `mxc://${server}/aZ0_-` }), { kind: 'media', server, mediaId: 'aZ0_-' });
    const foreign = [
      'https://evil.test/x',
      'file:///etc/passwd',
      'mxc://../x',
      'mxc://s.test/..',
      'mxc://s.test/../../x',
      'mxc://s.test/a/b',
      'mxc://s.test/a?b=c',
      'mxc://s.test/%2e%2e',
      'mxc://ada@s.test/x',
      'mxc://s.test:99999999/x',
      'mxc:///x',
      'mxc://s.test/',
      ' mxc://s.test/x',
      'mxc://s.test/x\n',
      '',
    ];
    for (const url of foreign) assert.deepEqual(sourceOf({ url }), { kind: 'foreign' }, JSON.stringify(url));
    assert.deepEqual(sourceOf({ file: { url: 'mxc://s.test/x', key: {}, iv: '', hashes: {} } }), { kind: 'sealed' });
  });

  it('is nothing for everything that carries no file', () => {
    assert.equal(readFileMessage({ msgtype: 'm.image', body: 'cat.png' }), undefined);
    assert.equal(readFileMessage({ msgtype: 'm.file', url: 7, file: 'x' }), undefined);
    assert.equal(readFileMessage({ msgtype: 'm.text', body: 'x', url: 'mxc://s.test/x' }), undefined);
    assert.equal(readFileMessage({}), undefined);
  });
});
