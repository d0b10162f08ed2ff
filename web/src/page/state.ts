// SPDX-License-Identifier: BSD-3-Clause
// The state of the page in its address: #section?well=W03&from=2017-01-01&to=2018-01-01&sort=NSE&desc=1&filter=W0

export interface State { section: string; values: { [key: string]: string } }

export function read(): State {
  const hash = location.hash.replace(/^#/, '');
  const at = hash.indexOf('?');
  const values: { [key: string]: string } = {};
  for (const part of at < 0 ? [] : hash.substr(at + 1).split('&')) {
    const eq = part.indexOf('=');
    if (eq <= 0) continue;
    try {
      values[part.substr(0, eq)] = decodeURIComponent(part.substr(eq + 1));
    } catch (_) {
      // a damaged address is an address without that value
    }
  }
  return { section: at < 0 ? hash : hash.substr(0, at), values };
}

function text(state: State): string {
  const parts: string[] = [];
  for (const key in state.values) {
    if (state.values[key]) parts.push(key + '=' + encodeURIComponent(state.values[key]));
  }
  return '#' + state.section + (parts.length ? '?' + parts.join('&') : '');
}

export function link(section: string, changes: { [key: string]: string }): string {
  const state = read();
  state.section = section;
  for (const key in changes) state.values[key] = changes[key];
  return text(state);
}

// push: a step that the back button takes back.
export function change(section: string | null, changes: { [key: string]: string }, push?: boolean): void {
  const state = read();
  if (section !== null) state.section = section;
  for (const key in changes) state.values[key] = changes[key];
  const hash = text(state);
  if (hash === location.hash) return;
  if (push) history.pushState(null, '', hash);
  else history.replaceState(null, '', hash);
}
