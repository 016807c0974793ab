//! Arrays that are cheap to clone: chunks behind `Rc`, copied on the first change.
//!
//! A clone of the kernel (a snapshot of time travel) shares every chunk with its original. Numbers
//! given out by [`Arena`] depend on nothing but the order of calls, so that replay repeats them.

use std::rc::Rc;

/// As [`Rc::make_mut`], but that the copy, which is rare, is out of the way.
#[inline]
pub fn unshared<T: Clone>(shared: &mut Rc<T>) -> &mut T {
    #[cold]
    #[inline(never)]
    fn copied<T: Clone>(shared: &mut Rc<T>) -> &mut T {
        Rc::make_mut(shared)
    }
    if Rc::get_mut(shared).is_some() {
        // Nothing of it but the pointer is left here: the compiler knows that there is one owner.
        return Rc::make_mut(shared);
    }
    copied(shared)
}

/// A growable array of chunks of `N` elements. Cloning it costs one reference count.
#[derive(Clone, Debug)]
pub struct Persistent<T, const N: usize> {
    chunks: Rc<Vec<Rc<[T; N]>>>,
}

impl<T, const N: usize> Default for Persistent<T, N> {
    fn default() -> Self {
        Persistent {
            chunks: Rc::default(),
        }
    }
}

impl<T: Clone + Default, const N: usize> Persistent<T, N> {
    /// How many elements there are room for: every smaller number is an element.
    pub fn capacity(&self) -> u32 {
        (self.chunks.len() * N) as u32
    }

    /// The element. The number must be below [`Persistent::capacity`].
    #[inline]
    pub fn get(&self, number: u32) -> &T {
        &self.chunks[number as usize / N][number as usize % N]
    }

    /// The element, to be changed; its chunk is copied first where a clone shares it.
    #[inline]
    pub fn get_mut(&mut self, number: u32) -> &mut T {
        let chunk = &mut unshared(&mut self.chunks)[number as usize / N];
        &mut unshared(chunk)[number as usize % N]
    }

    /// Two elements, of which the second is to be changed; none where they are the same.
    #[inline]
    pub fn get_and_get_mut(&mut self, number: u32, other: u32) -> Option<(&T, &mut T)> {
        let (from, to) = (number as usize, other as usize);
        let chunks = unshared(&mut self.chunks);
        if from / N == to / N {
            let chunk = unshared(chunks.get_mut(to / N)?);
            let [from, to] = chunk.get_disjoint_mut([from % N, to % N]).ok()?;
            return Some((from, to));
        }
        let [source, target] = chunks.get_disjoint_mut([from / N, to / N]).ok()?;
        Some((source.get(from % N)?, unshared(target).get_mut(to % N)?))
    }

    /// Makes room, by default elements, so that `number` is an element.
    pub fn reach(&mut self, number: u32) {
        while self.capacity() <= number {
            let chunk = std::array::from_fn(|_| T::default());
            unshared(&mut self.chunks).push(Rc::new(chunk));
        }
    }

    /// Every element with its number, ascending.
    pub fn iter(&self) -> impl Iterator<Item = (u32, &T)> {
        (0..).zip(self.chunks.iter().flat_map(|chunk| chunk.iter()))
    }
}

/// Objects under small numbers, which are used again: the one freed last comes first.
///
/// A freed number holds a default object until it is given out again.
#[derive(Clone, Debug)]
pub struct Arena<T, const N: usize = 1> {
    slots: Persistent<T, N>,
    used: u32,
    free: Rc<Vec<u32>>,
}

impl<T, const N: usize> Default for Arena<T, N> {
    fn default() -> Self {
        Arena {
            slots: Persistent::default(),
            used: 0,
            free: Rc::default(),
        }
    }
}

impl<T: Clone + Default, const N: usize> Arena<T, N> {
    /// Keeps `object` and gives its number.
    pub fn insert(&mut self, object: T) -> u32 {
        let number = if self.free.is_empty() {
            self.used += 1;
            self.slots.reach(self.used - 1);
            self.used - 1
        } else {
            unshared(&mut self.free).pop().unwrap_or_default()
        };
        *self.slots.get_mut(number) = object;
        number
    }

    /// Takes the object out; its number is free.
    pub fn remove(&mut self, number: u32) -> T {
        unshared(&mut self.free).push(number);
        std::mem::take(self.slots.get_mut(number))
    }

    /// The object of this number, which `insert` gave.
    #[inline]
    pub fn get(&self, number: u32) -> &T {
        self.slots.get(number)
    }

    /// The object of this number, to be changed.
    #[inline]
    pub fn get_mut(&mut self, number: u32) -> &mut T {
        self.slots.get_mut(number)
    }

    /// How many objects there are.
    pub fn len(&self) -> u32 {
        self.used - self.free.len() as u32
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Every object with its number, ascending. It sorts the free numbers, once.
    pub fn iter(&self) -> impl Iterator<Item = (u32, &T)> {
        let mut free = Vec::clone(&self.free);
        free.sort_unstable();
        let live = move |number: &u32| free.binary_search(number).is_err();
        (0..self.used)
            .filter(live)
            .map(|number| (number, self.slots.get(number)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clone_keeps_the_old_values() {
        let mut arena: Arena<u64, 4> = Arena::default();
        let numbers: Vec<u32> = (0..10).map(|value| arena.insert(value)).collect();
        let snapshot = arena.clone();
        *arena.get_mut(numbers[3]) = 33;
        arena.remove(numbers[7]);
        assert_eq!(*snapshot.get(3), 3);
        assert_eq!(*arena.get(3), 33);
        assert_eq!(arena.insert(77), 7);
        assert_eq!(
            (snapshot.len(), arena.len(), snapshot.iter().count()),
            (10, 10, 10)
        );
    }
}
