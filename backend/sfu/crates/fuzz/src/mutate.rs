//! How inputs are made: some file of the corpus, and a few changes to it.
//!
//! A strategy of `proptest`, so that what breaks a target is made smaller before it is kept.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;

/// Changes to one input.
const MOST_CHANGES: usize = 8;
/// Bytes that one change inserts, and copies that it makes.
const MOST_INSERTED: usize = 32;
const MOST_COPIES: usize = 64;
/// Longest input. Longer ones than any that a client can send show nothing new.
pub const MOST_BYTES: usize = 96 * 1024;
/// Numbers at which types and limits end.
const NUMBERS: [&str; 14] = [
    "0",
    "1",
    "-1",
    "15",
    "16",
    "127",
    "128",
    "255",
    "256",
    "65535",
    "65536",
    "4294967295",
    "4294967296",
    "18446744073709551616",
];

/// One change.
#[derive(Debug, Clone)]
enum Change {
    Flip(Index, u8),
    Set(Index, u8),
    Insert(Index, Vec<u8>),
    Remove(Index, usize),
    Cut(Index),
    Repeat(Index, usize, usize),
    /// A piece of another input, to another place.
    Splice(Index, Index, Index, usize),
    /// A piece of text that means something to the target.
    Word(Index, Index),
    /// Another number instead of the one in the text.
    Number(Index, usize),
    RemoveLine(Index),
    RepeatLine(Index, usize),
    MoveLine(Index, Index),
}

fn change() -> impl Strategy<Value = Change> {
    let at = any::<Index>;
    prop_oneof![
        (at(), 0..8_u8).prop_map(|(at, bit)| Change::Flip(at, bit)),
        (at(), prop_oneof![any::<u8>(), Just(0), Just(0x7f), Just(0x80), Just(0xff)])
            .prop_map(|(at, byte)| Change::Set(at, byte)),
        (at(), vec(any::<u8>(), 1..MOST_INSERTED)).prop_map(|(at, bytes)| Change::Insert(at, bytes)),
        (at(), 1..64_usize).prop_map(|(at, count)| Change::Remove(at, count)),
        at().prop_map(Change::Cut),
        (at(), 1..64_usize, 1..MOST_COPIES)
            .prop_map(|(at, length, copies)| Change::Repeat(at, length, copies)),
        (at(), at(), at(), 1..512_usize)
            .prop_map(|(at, which, from, length)| Change::Splice(at, which, from, length)),
        (at(), at()).prop_map(|(at, word)| Change::Word(at, word)),
        (at(), 0..NUMBERS.len()).prop_map(|(at, number)| Change::Number(at, number)),
        at().prop_map(Change::RemoveLine),
        (at(), 1..MOST_COPIES).prop_map(|(at, copies)| Change::RepeatLine(at, copies)),
        (at(), at()).prop_map(|(from, to)| Change::MoveLine(from, to)),
    ]
}

/// Inputs that start from these.
pub fn inputs(corpus: Vec<Vec<u8>>, words: &'static [&'static str]) -> impl Strategy<Value = Vec<u8>> {
    (any::<Index>(), vec(change(), 1..=MOST_CHANGES)).prop_map(move |(which, changes)| {
        let mut input = pick(which, &corpus).cloned().unwrap_or_default();
        for change in &changes {
            apply(change, &mut input, &corpus, words);
            input.truncate(MOST_BYTES);
        }
        input
    })
}

fn pick<T>(which: Index, from: &[T]) -> Option<&T> {
    if from.is_empty() { None } else { from.get(which.index(from.len())) }
}

fn insert(input: &mut Vec<u8>, at: usize, bytes: &[u8]) {
    drop(input.splice(at..at, bytes.iter().copied()));
}

fn apply(change: &Change, input: &mut Vec<u8>, corpus: &[Vec<u8>], words: &[&str]) {
    let length = input.len();
    let place = |at: &Index| at.index(length + 1);
    match change {
        Change::Flip(at, bit) => {
            if let Some(byte) = input.get_mut(place(at)) {
                *byte ^= 1 << bit;
            }
        }
        Change::Set(at, value) => {
            if let Some(byte) = input.get_mut(place(at)) {
                *byte = *value;
            }
        }
        Change::Insert(at, bytes) => insert(input, place(at), bytes),
        Change::Remove(at, count) => drop(input.drain(place(at)..length.min(place(at) + count))),
        Change::Cut(at) => input.truncate(place(at)),
        Change::Repeat(at, count, copies) => {
            let piece = input.get(place(at)..length.min(place(at) + count)).unwrap_or_default();
            insert(input, place(at), &piece.repeat(*copies));
        }
        Change::Splice(at, which, from, count) => {
            let other = pick(*which, corpus).cloned().unwrap_or_default();
            let from = from.index(other.len() + 1);
            let piece = other.get(from..other.len().min(from + count)).unwrap_or_default();
            insert(input, place(at), piece);
        }
        Change::Word(at, word) => {
            let word = pick(*word, words).copied().unwrap_or_default();
            insert(input, place(at), word.as_bytes());
        }
        Change::Number(at, number) => replace_number(input, place(at), *number),
        Change::RemoveLine(_) | Change::RepeatLine(..) | Change::MoveLine(..) => change_lines(change, input),
    }
}

/// Replaces the first run of digits from a place on.
fn replace_number(input: &mut Vec<u8>, from: usize, number: usize) {
    let digit = |byte: &u8| byte.is_ascii_digit();
    let Some(start) = input.iter().skip(from).position(digit).map(|start| start + from) else { return };
    let run = input.iter().skip(start).take_while(|byte| digit(byte)).count();
    let number = NUMBERS.get(number).copied().unwrap_or_default();
    drop(input.splice(start..start + run, number.bytes()));
}

fn change_lines(change: &Change, input: &mut Vec<u8>) {
    let mut lines: Vec<&[u8]> = input.split_inclusive(|byte| *byte == b'\n').collect();
    if lines.is_empty() {
        return;
    }
    match change {
        Change::RemoveLine(at) => drop(lines.remove(at.index(lines.len()))),
        Change::RepeatLine(at, copies) => {
            let at = at.index(lines.len());
            let line = lines.get(at).copied().unwrap_or_default();
            drop(lines.splice(at..at, std::iter::repeat_n(line, *copies)));
        }
        Change::MoveLine(from, to) => {
            let line = lines.remove(from.index(lines.len()));
            lines.insert(to.index(lines.len() + 1), line);
        }
        _ => {}
    }
    *input = lines.concat();
}
