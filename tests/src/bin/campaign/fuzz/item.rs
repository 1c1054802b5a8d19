//! CBOR as a tree that can be changed anywhere, down into records within byte strings, and written again, also wrongly.

use crate::forge::cose::head;

/// An item.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Item {
    /// A whole number; below zero it is -1 - `value`.
    Number {
        below: bool,
        value: u64,
    },
    Bytes(Vec<u8>),
    /// Of a text; changed, they may be none any more.
    Text(Vec<u8>),
    List(Vec<Item>),
    Map(Vec<(Item, Item)>),
    Tag(u64, Box<Item>),
    /// A byte string that holds an item.
    Within(Box<Item>),
    /// A byte string that holds a raw change.
    Change(Vec<u8>),
    /// Whatever else: written as it is.
    Raw(Vec<u8>),
}

/// How deep items that are read may stand in each other.
const DEEPEST: usize = 32;
/// How a raw change begins.
const CHANGE: [u8; 4] = [0x85, 0x6f, 0x4a, 0x83];

impl Item {
    /// Reads the one item that these bytes are, when they are written in the shortest way.
    pub(super) fn read(bytes: &[u8]) -> Option<Self> {
        let mut rest = bytes;
        let item = read(&mut rest, DEEPEST)?;
        (rest.is_empty() && item.bytes() == bytes).then_some(item)
    }

    pub(super) fn bytes(&self) -> Vec<u8> {
        let mut out = Vec::new();
        self.write(&mut out);
        out
    }

    fn write(&self, out: &mut Vec<u8>) {
        match self {
            Item::Number { below, value } => out.extend(head(u8::from(*below), *value as usize)),
            Item::Bytes(bytes) | Item::Change(bytes) => {
                out.extend(head(2, bytes.len()));
                out.extend(bytes);
            }
            Item::Text(text) => {
                out.extend(head(3, text.len()));
                out.extend(text);
            }
            Item::List(items) => {
                out.extend(head(4, items.len()));
                items.iter().for_each(|item| item.write(out));
            }
            Item::Map(entries) => {
                out.extend(head(5, entries.len()));
                for (key, value) in entries {
                    key.write(out);
                    value.write(out);
                }
            }
            Item::Tag(tag, item) => {
                out.extend(head(6, *tag as usize));
                item.write(out);
            }
            Item::Within(item) => {
                let bytes = item.bytes();
                out.extend(head(2, bytes.len()));
                out.extend(bytes);
            }
            Item::Raw(bytes) => out.extend(bytes),
        }
    }

    /// A small number.
    pub(super) fn number(value: u64) -> Self {
        Item::Number { below: false, value }
    }

    /// What stands in a map under a small number.
    pub(super) fn at(&mut self, key: u64) -> Option<&mut Item> {
        let Item::Map(entries) = self else { return None };
        entries.iter_mut().find(|(known, _)| *known == Item::number(key)).map(|(_, value)| value)
    }

    /// What a byte string holds.
    pub(super) fn within(&mut self) -> Option<&mut Item> {
        if let Item::Within(item) = self { Some(item) } else { None }
    }

    /// What a byte string is, whatever it holds.
    pub(super) fn content(&self) -> Option<Vec<u8>> {
        match self {
            Item::Bytes(bytes) | Item::Change(bytes) => Some(bytes.clone()),
            Item::Within(item) => Some(item.bytes()),
            _ => None,
        }
    }

    /// Does something with each item of the tree, those within first.
    pub(super) fn each(&mut self, deed: &mut impl FnMut(&mut Item)) {
        match self {
            Item::List(items) => items.iter_mut().for_each(|item| item.each(deed)),
            Item::Map(entries) => entries.iter_mut().for_each(|(key, value)| {
                key.each(deed);
                value.each(deed);
            }),
            Item::Tag(_, item) | Item::Within(item) => item.each(deed),
            _ => {}
        }
        deed(self);
    }
}

fn read(rest: &mut &[u8], deep: usize) -> Option<Item> {
    let deep = deep.checked_sub(1)?;
    let (first, after) = rest.split_first()?;
    let (major, short) = (first >> 5, first & 31);
    let length = match short {
        0..24 => 0,
        24..28 => 1 << (short - 24),
        _ => return None,
    };
    let (written, after) = after.split_at_checked(length)?;
    let long = written.iter().fold(0, |value, byte| value << 8 | u64::from(*byte));
    let argument = if length == 0 { u64::from(short) } else { long };
    let mut take = |length: u64| {
        let (taken, after) = after.split_at_checked(usize::try_from(length).ok()?)?;
        *rest = after;
        Some(taken.to_vec())
    };
    match major {
        0 | 1 => {
            take(0)?;
            Some(Item::Number { below: major == 1, value: argument })
        }
        2 => take(argument).map(string),
        3 => take(argument).map(Item::Text),
        7 => {
            let whole = [&[*first], written].concat();
            take(0)?;
            Some(Item::Raw(whole))
        }
        _ => {
            take(0)?;
            match major {
                4 => (0..argument).map(|_| read(rest, deep)).collect::<Option<_>>().map(Item::List),
                5 => {
                    let entry = |_| Some((read(rest, deep)?, read(rest, deep)?));
                    (0..argument).map(entry).collect::<Option<_>>().map(Item::Map)
                }
                _ => read(rest, deep).map(|item| Item::Tag(argument, Box::new(item))),
            }
        }
    }
}

fn string(bytes: Vec<u8>) -> Item {
    if bytes.starts_with(&CHANGE) {
        return Item::Change(bytes);
    }
    // Only what holds others: a number is found in any bytes.
    let holds = bytes.first().is_some_and(|first| (4..7).contains(&(first >> 5)));
    match Item::read(&bytes).filter(|_| holds && bytes.len() > 1) {
        Some(item) => Item::Within(Box::new(item)),
        None => Item::Bytes(bytes),
    }
}
