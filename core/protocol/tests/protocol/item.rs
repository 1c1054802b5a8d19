//! The same CBOR value spelled otherwise, in every way RFC 8949 leaves open.

/// One data item of a CBOR text.
#[derive(Clone, Copy)]
pub(crate) struct Item {
    at: usize,
    major: u8,
    argument: u64,
    /// Where its head ends.
    head_end: usize,
    /// Where it ends, with all it contains.
    end: usize,
}

/// Every item, containers and what is in them.
pub(crate) fn items(bytes: &[u8]) -> Vec<Item> {
    let mut found = Vec::new();
    let end = item(bytes, 0, &mut found);
    assert_eq!(end, bytes.len());
    found
}

fn item(bytes: &[u8], at: usize, found: &mut Vec<Item>) -> usize {
    let (major, short) = (bytes[at] >> 5, bytes[at] & 31);
    let width = match short {
        0..=23 => 0,
        24..=27 => 1 << (short - 24),
        _ => panic!("indefinite or reserved at {at}"),
    };
    let head_end = at + 1 + width;
    let argument = match width {
        0 => u64::from(short),
        _ => bytes[at + 1..head_end].iter().fold(0, |sum, byte| sum << 8 | u64::from(*byte)),
    };
    let index = found.len();
    found.push(Item { at, major, argument, head_end, end: 0 });
    let children = match major {
        4 => argument,
        5 => argument * 2,
        6 => 1,
        _ => 0,
    };
    let mut end = match major {
        2 | 3 => head_end + argument as usize,
        _ => head_end,
    };
    for _ in 0..children {
        end = item(bytes, end, found);
    }
    found[index].end = end;
    end
}

impl Item {
    pub(crate) fn is_map(&self) -> bool {
        self.major == 5
    }

    pub(crate) fn content<'a>(&self, bytes: &'a [u8]) -> &'a [u8] {
        &bytes[self.head_end..self.end]
    }

    fn replace(&self, bytes: &[u8], by: &[u8]) -> Vec<u8> {
        [&bytes[..self.at], by, &bytes[self.end..]].concat()
    }

    /// With its head in every longer form.
    pub(crate) fn long_forms(&self, bytes: &[u8]) -> Vec<Vec<u8>> {
        if self.major == 7 {
            // A longer form of true, false or null is another thing, not another spelling.
            return Vec::new();
        }
        let now = self.head_end - self.at - 1;
        [1, 2, 4, 8]
            .into_iter()
            .enumerate()
            .filter(|(_, width)| *width > now)
            .map(|(power, width)| {
                let mut spelled = vec![self.major << 5 | (24 + power as u8)];
                spelled.extend(&self.argument.to_be_bytes()[8 - width..]);
                spelled.extend(self.content(bytes));
                self.replace(bytes, &spelled)
            })
            .collect()
    }

    /// With indefinite length, for what has a length.
    pub(crate) fn indefinite(&self, bytes: &[u8]) -> Option<Vec<u8>> {
        let inside = match self.major {
            2 | 3 => &bytes[self.at..self.end],
            4 | 5 => self.content(bytes),
            _ => return None,
        };
        let spelled = [&[self.major << 5 | 31], inside, &[0xff]].concat();
        Some(self.replace(bytes, &spelled))
    }

    /// With a tag before it.
    pub(crate) fn tagged(&self, bytes: &[u8]) -> Vec<u8> {
        self.replace(bytes, &[&[0xc1], &bytes[self.at..self.end]].concat())
    }

    /// Where the key of a map's nth entry stands.
    pub(crate) fn key_at(&self, bytes: &[u8], n: usize) -> usize {
        let before = &self.entries(bytes)[..n];
        self.head_end + before.iter().map(|entry| entry.len()).sum::<usize>()
    }

    /// The entries of a map, each key with its value.
    fn entries<'a>(&self, bytes: &'a [u8]) -> Vec<&'a [u8]> {
        let mut at = self.head_end;
        (0..self.argument)
            .map(|_| {
                let start = at;
                let key = item(bytes, at, &mut Vec::new());
                at = item(bytes, key, &mut Vec::new());
                &bytes[start..at]
            })
            .collect()
    }

    fn with_entries(&self, bytes: &[u8], entries: &[&[u8]]) -> Vec<u8> {
        let head = crate::sign1::written(|e| {
            e.map(entries.len() as u64).unwrap();
        });
        self.replace(bytes, &[head, entries.concat()].concat())
    }

    /// A map with each two neighbours exchanged.
    pub(crate) fn shuffled(&self, bytes: &[u8]) -> Vec<Vec<u8>> {
        let entries = self.entries(bytes);
        (1..entries.len())
            .map(|at| {
                let mut entries = entries.clone();
                entries.swap(at - 1, at);
                self.with_entries(bytes, &entries)
            })
            .collect()
    }

    /// A map with each entry written twice.
    pub(crate) fn doubled(&self, bytes: &[u8]) -> Vec<Vec<u8>> {
        let entries = self.entries(bytes);
        (0..entries.len())
            .map(|at| {
                let mut entries = entries.clone();
                entries.insert(at, entries[at]);
                self.with_entries(bytes, &entries)
            })
            .collect()
    }

    /// A map with one more entry, first or last.
    pub(crate) fn with_stranger(&self, bytes: &[u8], stranger: &[u8]) -> Vec<Vec<u8>> {
        let entries = self.entries(bytes);
        let first: Vec<&[u8]> = [stranger].into_iter().chain(entries.clone()).collect();
        let last: Vec<&[u8]> = entries.into_iter().chain([stranger]).collect();
        vec![self.with_entries(bytes, &first), self.with_entries(bytes, &last)]
    }
}
