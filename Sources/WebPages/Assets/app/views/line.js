// What a line to another office does, in a sentence.

import { t, moment, number, size, span, isolated } from '../i18n.js';
import { secondsToDrain } from '../lines.js';

/// "The line to archive is down since 14:05. 3 messages wait (12 kB), about 2 minutes at its last rate."
export function lineWords(line) {
    const name = isolated(line.name);
    const state = line.state === 'down' ? t('line.down', name, moment(line.since)) : t('line.slow', name);
    if (!line.messages && !line.bytes) return state;
    const seconds = secondsToDrain(line);
    const waits = t(line.messages === 1 ? 'line.waits.one' : 'line.waits', number(line.messages), size(line.bytes));
    return `${state} ${waits}${seconds ? ` ${t('line.drain', span(seconds))}` : ''}`;
}
