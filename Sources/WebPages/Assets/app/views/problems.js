// What went wrong, in words: the conditions of XMPP errors (RFC 6120 §8.3.3) are for programs.

import { t, has } from '../i18n.js';

/// `problem`: an error, or the name of a condition.
export function problemWords(problem) {
    const condition = problem?.condition ?? problem?.message ?? problem;
    if (has(`error.${condition}`)) return t(`error.${condition}`);
    return t('error.other', problem?.message ?? condition);
}
