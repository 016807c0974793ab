//! The descriptors of a process (`struct files_struct`).

use std::rc::Rc;

use abi::Fd;

use crate::addr::OpenFileId;
use crate::persistent::unshared;
use crate::sorted_map::SortedMap;

/// A descriptor's meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Descriptor {
    /// The open file.
    pub file: OpenFileId,
    /// FD_CLOEXEC
    pub close_on_exec: bool,
}

/// The open descriptors, by number. A clone shares them until one of the two changes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct FdTable {
    descriptors: Rc<SortedMap<i32, Descriptor>>,
}

impl FdTable {
    /// What `fd` refers to.
    #[inline]
    pub fn get(&self, fd: Fd) -> Option<Descriptor> {
        self.descriptors.get(&fd.0).copied()
    }

    /// The lowest free number that is `from` or higher.
    pub fn lowest_free(&self, from: i32) -> Fd {
        let taken = self.descriptors.from(&from).map(|(number, _)| *number);
        Fd(from
            + (from..)
                .zip(taken)
                .take_while(|(free, taken)| free == taken)
                .count() as i32)
    }

    /// Makes `fd` refer to `descriptor`; gives what it referred to before.
    pub fn set(&mut self, fd: Fd, descriptor: Descriptor) -> Option<Descriptor> {
        unshared(&mut self.descriptors).insert(fd.0, descriptor)
    }

    /// Frees `fd`; gives what it referred to.
    pub fn remove(&mut self, fd: Fd) -> Option<Descriptor> {
        unshared(&mut self.descriptors).remove(&fd.0)
    }

    /// Every descriptor, ascending.
    pub fn iter(&self) -> impl Iterator<Item = (Fd, Descriptor)> + '_ {
        self.descriptors
            .iter()
            .map(|(number, descriptor)| (Fd(*number), *descriptor))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lowest_free_descriptor_is_taken() {
        let mut table = FdTable::default();
        for number in [0, 1, 2, 4] {
            let file = OpenFileId(number as u32);
            table.set(
                Fd(number),
                Descriptor {
                    file,
                    close_on_exec: false,
                },
            );
        }
        assert_eq!((table.lowest_free(0), table.lowest_free(4)), (Fd(3), Fd(5)));
        assert_eq!(table.lowest_free(9), Fd(9));
    }
}
