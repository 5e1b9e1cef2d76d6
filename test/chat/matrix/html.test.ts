import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import fc from 'fast-check';

import { bold, code, muted, paragraph } from '#core/rich-text.ts';
import { toHtml } from '#src/chat/matrix/html.ts';

describe('toHtml', () => {
  it('writes one paragraph without <p>, several with', () => {
    assert.equal(toHtml([paragraph('a ', bold('b'), ' ', code('c'))]), 'a <strong>b</strong> <code>c</code>');
    assert.equal(toHtml([paragraph('a\nb'), paragraph(muted('c'))]), '<p>a<br>b</p><p><span data-mx-color="#808080">c</span></p>');
  });

  it('writes lists, code and tables', () => {
    assert.equal(toHtml([{ kind: 'list', items: [[bold('x')], [{ text: 'y' }]] }]), '<ul><li><strong>x</strong></li><li>y</li></ul>');
    assert.equal(toHtml([{ kind: 'code', text: 'a < b\n"c"' }]), '<pre><code>a &lt; b\n&quot;c&quot;</code></pre>');
    assert.equal(
      toHtml([{ kind: 'table', head: ['a<'], rows: [["b'"], ['&']] }]),
      '<table><thead><tr><th>a&lt;</th></tr></thead><tbody><tr><td>b&#39;</td></tr><tr><td>&amp;</td></tr></tbody></table>',
    );
  });

  it('lets no text become markup, whatever it is', () => {
    const allowed = /<\/?(p|br|strong|code|pre|ul|li|table|thead|tbody|tr|th|td)>|<span data-mx-color="#808080">|<\/span>/g;
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.constantFrom('bold', 'code', 'muted', undefined), (text, style) => {
        const span = { text, ...(style === undefined ? {} : { style }) };
        const html = toHtml([
          { kind: 'paragraph', spans: [span] },
          { kind: 'list', items: [[span]] },
          { kind: 'code', text },
          { kind: 'table', head: [text], rows: [[text]] },
        ]);
        assert.ok(!/[<>"']/.test(html.replace(allowed, '')));
      }),
    );
  });
});
