// Texts in the language of the person. A catalogue is lang/LANGUAGE.json: key to text, with {0}, {1}
// for values. English is complete; a key that another language lacks is an error of the build (a test).

export const LANGUAGES = { en: { name: 'English', dir: 'ltr' }, ur: { name: 'اردو', dir: 'rtl' } };

let catalogue = {};
export let language = 'en';

/// Loads the catalogue of a language and turns the page its way.
export async function speak(wanted) {
    language = wanted in LANGUAGES ? wanted : 'en';
    catalogue = await (await fetch(`/app/lang/${language}.json`)).json();
    document.documentElement.lang = language;
    document.documentElement.dir = LANGUAGES[language].dir;
}

/// The language that the person chose, or that the browser speaks.
export const preferred = () => localStorage.getItem('language')
    ?? navigator.languages.map(one => one.split('-')[0]).find(one => one in LANGUAGES) ?? 'en';

export const has = key => key in catalogue;

export function t(key, ...values) {
    const text = catalogue[key] ?? key;
    return text.replace(/\{(\d)\}/g, (_, index) => values[index] ?? '');
}

/// A name or a text of somebody, so that its direction does not turn the sentence around it.
export const isolated = text => `\u2068${text}\u2069`;

const format = options => value => new Intl.DateTimeFormat(language, options).format(value);
export const clock = value => format({ hour: '2-digit', minute: '2-digit' })(value);
export const day = value => format({ weekday: 'long', day: 'numeric', month: 'long' })(value);
export const moment = value => format({ day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit' })(value);
export const number = value => new Intl.NumberFormat(language).format(value);

/// When it was, as short as it is clear: a time today, else a date.
export const when = value => (new Date(value).toDateString() === new Date().toDateString()
    ? clock(value) : format({ day: 'numeric', month: 'short' })(value));

/// A time to wait, in words: as exact as it is useful.
export function span(seconds) {
    const [value, unit] = seconds < 90 ? [seconds, 'second'] : seconds < 5400 ? [seconds / 60, 'minute']
        : seconds < 129_600 ? [seconds / 3600, 'hour'] : [seconds / 86_400, 'day'];
    return new Intl.NumberFormat(language, { style: 'unit', unit, unitDisplay: 'long', maximumFractionDigits: 0 }).format(Math.ceil(value));
}

/// A size in words.
export function size(bytes) {
    const units = ['byte', 'kilobyte', 'megabyte', 'gigabyte'];
    const power = Math.min(3, Math.floor(Math.log(Math.max(bytes, 1)) / Math.log(1000)));
    return new Intl.NumberFormat(language, {
        style: 'unit', unit: units[power], unitDisplay: 'short', maximumFractionDigits: power ? 1 : 0,
    }).format(bytes / 1000 ** power);
}
