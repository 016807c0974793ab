//! A map from 64-bit numbers that is cheap to clone: a tree of 64-way nodes behind `Rc`, which grows
//! with its highest key. Some entries can be tagged, and found without a search through the others.
//!
//! The page cache, the disk's blocks and the tables of inodes, open files and tasks are such maps.
//! It models Linux's XArray (lib/xarray.c) and its marks.

use std::fmt;
use std::ops::Range;
use std::rc::Rc;

use crate::persistent::unshared;

const BITS: u32 = 6;
const WAYS: usize = 1 << BITS;

/// A persistent map from `u64`, ordered by key. Cloning it costs one reference count.
#[derive(Clone)]
pub struct RadixMap<T> {
    /// How many levels of nodes there are; keys have at most 6 bits for each.
    height: u32,
    length: u64,
    root: Option<Rc<Node<T>>>,
}

#[derive(Clone)]
struct Node<T> {
    /// The ways that hold something.
    present: u64,
    /// The ways that are tagged or lead to something tagged.
    tagged: u64,
    slots: Slots<T>,
}

#[derive(Clone)]
#[allow(clippy::large_enum_variant)] // A node lies behind Rc, and most are full.
enum Slots<T> {
    Leaf([Option<T>; WAYS]),
    Branch([Option<Rc<Node<T>>>; WAYS]),
}

impl<T> Default for RadixMap<T> {
    fn default() -> Self {
        RadixMap {
            height: 0,
            length: 0,
            root: None,
        }
    }
}

impl<T> RadixMap<T> {
    /// How many entries there are.
    pub fn len(&self) -> u64 {
        self.length
    }

    /// Whether there is no entry.
    pub fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// The value of `key`.
    #[inline]
    pub fn get(&self, key: u64) -> Option<&T> {
        match &self.leaf(key)?.slots {
            Slots::Leaf(values) => values[way(key, 0)].as_ref(),
            Slots::Branch(_) => None,
        }
    }

    /// The values of `key` and of those after it that lie in the same leaf (none of them where there
    /// is no leaf), and how many keys that are.
    pub fn run(&self, key: u64) -> (&[Option<T>], u64) {
        let first = way(key, 0);
        let values = match self.leaf(key).map(|leaf| &leaf.slots) {
            Some(Slots::Leaf(values)) => &values[first..],
            _ => &[],
        };
        (values, (WAYS - first) as u64)
    }

    /// The first entry whose key is `from` or higher.
    pub fn next(&self, from: u64) -> Option<(u64, &T)> {
        let node = self.reached(from)?;
        node.next(from, (self.height - 1) * BITS, |node| node.present)
    }

    /// The first tagged entry whose key is `from` or higher.
    pub fn next_tagged(&self, from: u64) -> Option<(u64, &T)> {
        let node = self.reached(from)?;
        node.next(from, (self.height - 1) * BITS, |node| node.tagged)
    }

    /// The highest key.
    pub fn last(&self) -> Option<u64> {
        let mut node = self.root.as_deref()?;
        let mut key = 0;
        loop {
            let at = node.present.checked_ilog2()? as usize;
            key = key << BITS | at as u64;
            match &node.slots {
                Slots::Leaf(_) => return Some(key),
                Slots::Branch(nodes) => node = nodes[at].as_deref()?,
            }
        }
    }

    /// How many keys of a range have a value. Costs a look at each of its leaves.
    pub fn count(&self, range: Range<u64>) -> u64 {
        let mut count = 0;
        let mut from = range.start;
        while let Some((key, _)) = self.next(from).filter(|(key, _)| *key < range.end) {
            let (values, keys) = self.run(key);
            let wanted = values.iter().zip(key..range.end);
            count += wanted.filter(|(value, _)| value.is_some()).count() as u64;
            let Some(next) = key.checked_add(keys) else {
                break;
            };
            from = next;
        }
        count
    }

    /// Whether `key` is tagged.
    pub fn is_tagged(&self, key: u64) -> bool {
        let leaf = self.leaf(key);
        leaf.is_some_and(|leaf| leaf.tagged >> way(key, 0) & 1 == 1)
    }

    /// Every entry, by ascending key.
    pub fn iter(&self) -> impl Iterator<Item = (u64, &T)> {
        let mut from = Some(0);
        std::iter::from_fn(move || {
            let (key, value) = self.next(from?)?;
            from = key.checked_add(1);
            Some((key, value))
        })
    }

    /// The leaf that has room for `key`.
    #[inline]
    fn leaf(&self, key: u64) -> Option<&Node<T>> {
        let mut node = self.reached(key)?;
        let mut shift = (self.height - 1) * BITS;
        while let Slots::Branch(nodes) = &node.slots {
            node = nodes[way(key, shift)].as_deref()?;
            shift = shift.saturating_sub(BITS);
        }
        Some(node)
    }

    /// The root, where it reaches as far as `key`.
    fn reached(&self, key: u64) -> Option<&Node<T>> {
        let bits = self.height * BITS;
        let within = bits >= u64::BITS || key >> bits == 0;
        self.root.as_deref().filter(|_| within)
    }
}

impl<T: Clone> RadixMap<T> {
    /// The value of `key`, to be changed.
    #[inline]
    pub fn get_mut(&mut self, key: u64) -> Option<&mut T> {
        self.get(key)?;
        let mut node = unshared(self.root.as_mut()?);
        let mut shift = (self.height - 1) * BITS;
        loop {
            match &mut node.slots {
                Slots::Leaf(values) => return values[way(key, 0)].as_mut(),
                Slots::Branch(nodes) => node = unshared(nodes[way(key, shift)].as_mut()?),
            }
            shift = shift.saturating_sub(BITS);
        }
    }

    /// Sets the value of `key` and gives the one that it had. A tag stays.
    pub fn insert(&mut self, key: u64, value: T) -> Option<T> {
        while self.reached(key).is_none() {
            match self.root.take() {
                Some(root) => self.root = Some(Rc::new(Node::above(root))),
                None if self.height == 0 => {}
                None => break,
            }
            self.height += 1;
            if self.root.is_none() {
                self.root = Some(Rc::new(Node::leaf()));
            }
        }
        let root = self.root.get_or_insert_with(|| Rc::new(Node::leaf()));
        let shift = (self.height - 1) * BITS;
        let old = unshared(root).insert(key, shift, value);
        self.length += u64::from(old.is_none());
        old
    }

    /// Takes out the value of `key`, and its tag.
    pub fn remove(&mut self, key: u64) -> Option<T> {
        self.get(key)?;
        let root = unshared(self.root.as_mut()?);
        let old = root.remove(key, (self.height - 1) * BITS);
        self.length -= u64::from(old.is_some());
        if self.length == 0 {
            *self = RadixMap::default();
        }
        old
    }

    /// Tags or untags `key`, which has a value; gives whether that is a change.
    pub fn set_tag(&mut self, key: u64, tag: bool) -> bool {
        if self.get(key).is_none() || self.is_tagged(key) == tag {
            return false;
        }
        let shift = self.height.saturating_sub(1) * BITS;
        if let Some(root) = self.root.as_mut() {
            unshared(root).set_tag(key, shift, tag);
        }
        true
    }
}

/// Which of a node's ways leads to `key`.
#[inline]
fn way(key: u64, shift: u32) -> usize {
    (key >> shift) as usize % WAYS
}

impl<T> Node<T> {
    fn leaf() -> Node<T> {
        Node {
            present: 0,
            tagged: 0,
            slots: Slots::Leaf(std::array::from_fn(|_| None)),
        }
    }

    fn branch() -> Node<T> {
        Node {
            present: 0,
            tagged: 0,
            slots: Slots::Branch(std::array::from_fn(|_| None)),
        }
    }

    /// A root above `root`, whose keys stay.
    fn above(root: Rc<Node<T>>) -> Node<T> {
        let mut node = Node::branch();
        node.present = u64::from(root.present != 0);
        node.tagged = u64::from(root.tagged != 0);
        if let Slots::Branch(nodes) = &mut node.slots {
            nodes[0] = Some(root);
        }
        node
    }

    /// The first entry at or after `from` whose way is among `ways` on every level.
    fn next(&self, from: u64, shift: u32, ways: fn(&Node<T>) -> u64) -> Option<(u64, &T)> {
        let first = way(from, shift);
        let mut left = ways(self) & (u64::MAX << first);
        while left != 0 {
            let at = left.trailing_zeros() as usize;
            left &= left - 1;
            let above = from >> shift >> BITS << BITS;
            let key = (above | at as u64) << shift;
            match &self.slots {
                Slots::Leaf(values) => return values[at].as_ref().map(|value| (key, value)),
                Slots::Branch(nodes) => {
                    let below = shift.saturating_sub(BITS);
                    let start = if at == first { from } else { key };
                    let node = nodes[at].as_deref()?;
                    if let Some(found) = node.next(start, below, ways) {
                        return Some(found);
                    }
                }
            }
        }
        None
    }
}

impl<T: Clone> Node<T> {
    fn insert(&mut self, key: u64, shift: u32, value: T) -> Option<T> {
        let at = way(key, shift);
        self.present |= 1 << at;
        match &mut self.slots {
            Slots::Leaf(values) => values[at].replace(value),
            Slots::Branch(nodes) => {
                let below = shift.saturating_sub(BITS);
                let node = nodes[at].get_or_insert_with(|| {
                    Rc::new(if below == 0 {
                        Node::leaf()
                    } else {
                        Node::branch()
                    })
                });
                unshared(node).insert(key, below, value)
            }
        }
    }

    fn remove(&mut self, key: u64, shift: u32) -> Option<T> {
        let at = way(key, shift);
        let (old, present, tagged) = match &mut self.slots {
            Slots::Leaf(values) => (values[at].take(), false, false),
            Slots::Branch(nodes) => {
                let node = unshared(nodes[at].as_mut()?);
                let old = node.remove(key, shift.saturating_sub(BITS));
                let state = (old, node.present != 0, node.tagged != 0);
                if !state.1 {
                    nodes[at] = None;
                }
                state
            }
        };
        set_bit(&mut self.present, at, present);
        set_bit(&mut self.tagged, at, tagged);
        old
    }

    fn set_tag(&mut self, key: u64, shift: u32, tag: bool) {
        let at = way(key, shift);
        let tagged = match &mut self.slots {
            Slots::Leaf(_) => tag,
            Slots::Branch(nodes) => match nodes[at].as_mut() {
                Some(node) => {
                    let node = unshared(node);
                    node.set_tag(key, shift.saturating_sub(BITS), tag);
                    node.tagged != 0
                }
                None => false,
            },
        };
        set_bit(&mut self.tagged, at, tagged);
    }
}

fn set_bit(word: &mut u64, at: usize, on: bool) {
    *word = *word & !(1 << at) | u64::from(on) << at;
}

impl<T: PartialEq> PartialEq for RadixMap<T> {
    fn eq(&self, other: &Self) -> bool {
        self.length == other.length && self.iter().eq(other.iter())
    }
}

impl<T: Eq> Eq for RadixMap<T> {}

impl<T: std::hash::Hash> std::hash::Hash for RadixMap<T> {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.length.hash(state);
        for (key, value) in self.iter() {
            (key, value).hash(state);
        }
    }
}

impl<T: fmt::Debug> fmt::Debug for RadixMap<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEYS: [u64; 8] = [0, 1, 63, 64, 4095, 4096, 1 << 40, u64::MAX];

    #[test]
    fn keys_of_any_height_are_found_in_order() {
        let mut map = RadixMap::default();
        for key in KEYS.into_iter().rev() {
            assert_eq!(map.insert(key, key), None);
        }
        let snapshot = map.clone();
        assert!(map.iter().map(|(key, _)| key).eq(KEYS));
        assert_eq!(map.next(65), Some((4095, &4095)));
        let count = |range| map.count(range);
        assert_eq!(
            (count(0..64), count(1..4096), count(4095..u64::MAX)),
            (3, 4, 3)
        );
        assert_eq!(
            (map.last(), count(5..5), count(64..u64::MAX)),
            (Some(u64::MAX), 0, 4)
        );
        assert_eq!(map.next((1 << 40) + 1), Some((u64::MAX, &u64::MAX)));
        if let Some(value) = map.get_mut(4096) {
            *value = 7;
        }
        assert_eq!(map.remove(63), Some(63));
        assert_eq!((map.get(63), map.get(4096), map.len()), (None, Some(&7), 7));
        assert_eq!((snapshot.get(63), snapshot.len()), (Some(&63), 8));
        for key in KEYS {
            map.remove(key);
        }
        assert_eq!(
            (map.next(0), map.last(), map.is_empty()),
            (None, None, true)
        );
    }

    #[test]
    fn tagged_entries_are_found_without_the_others() {
        let mut map = RadixMap::default();
        for key in KEYS {
            map.insert(key, ());
        }
        assert!(map.set_tag(64, true) && map.set_tag(1 << 40, true));
        assert!(!map.set_tag(64, true) && !map.set_tag(5, true));
        assert_eq!(map.next_tagged(0), Some((64, &())));
        assert_eq!(map.next_tagged(65), Some((1 << 40, &())));
        map.remove(1 << 40);
        assert_eq!(map.next_tagged(65), None);
        assert!(map.set_tag(64, false) && map.next_tagged(0).is_none());
    }
}
