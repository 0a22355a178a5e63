// A browser without scripts: cookies, redirects, and the one form of a page.
import assert from 'node:assert/strict';

const entities = {'#43': '+', amp: '&', '#34': '"', '#39': "'", lt: '<', gt: '>'};
const unescape = (s) => s.replace(/&(#43|amp|#34|#39|lt|gt);/g, (_, name) => entities[name]);

export class Browser {
  #cookies = new Map();

  // visit follows redirects until a page is returned or the address is on another
  // server.
  async visit(url, form) {
    const origin = new URL(url).origin;
    for (let hops = 0; hops < 10; hops++) {
      const response = await fetch(url, {
        method: form ? 'POST' : 'GET', redirect: 'manual', body: form,
        headers: {Cookie: [...this.#cookies].map(([n, v]) => `${n}=${v}`).join('; ')},
      });
      for (const line of response.headers.getSetCookie()) {
        const [, name, value] = /^([^=]+)=([^;]*)/.exec(line);
        this.#cookies.set(name, value);
      }
      const location = response.headers.get('location');
      if (!location) return {url, status: response.status, body: await response.text()};
      [url, form] = [new URL(location, url), undefined];
      if (url.origin !== origin) return {url};
    }
    assert.fail(`too many redirects, the last to ${url}`);
  }

  // fill posts the form of a page with the values.
  async fill(page, values) {
    const action = /<form name="\w+" action="([^"]*)"/.exec(page.body ?? '');
    assert.ok(action, `there is no form at ${page.url}: ${page.body}`);
    const form = new URLSearchParams();
    for (const [input] of page.body.matchAll(/<input[^>]*>/g)) {
      form.set(/ name="([^"]*)"/.exec(input)[1], unescape(/ value="([^"]*)"/.exec(input)?.[1] ?? ''));
    }
    for (const [name, value] of Object.entries(values)) form.set(name, value);
    return this.visit(new URL(unescape(action[1]), page.url), form);
  }
}
