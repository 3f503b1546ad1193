// Addresses: local@domain/resource.

export const bare = jid => (jid ?? '').split('/')[0].toLowerCase();
export const resource = jid => (jid ?? '').split('/').slice(1).join('/');
export const local = jid => bare(jid).includes('@') ? bare(jid).split('@')[0] : '';
export const domain = jid => bare(jid).split('@').pop();

/// Whether it can be a person's or a room's address.
export const isAddress = text => /^[^\s@/"&'<>:]+@[^\s@/"&'<>:]+$/.test(text);
