//! The disk: numbered blocks of 4096 bytes. It knows nothing of files; an [`crate::file::inode::Inode`]
//! says which block holds which of its pages. What is written here is what survives a power cut.

use crate::addr::BlockNumber;
use crate::phys::contents::Contents;
use crate::phys::free_set::{FreeSet, MOST_FRAMES};
use crate::radix_map::RadixMap;

/// A disk. Blocks never written cost nothing and read as zeros.
#[derive(Clone, Debug)]
pub struct BlockDevice {
    written: RadixMap<Contents>,
    used: FreeSet,
    /// How many blocks there are.
    size: u64,
    used_count: u64,
}

impl BlockDevice {
    /// An empty disk of `size` blocks, at most 2^24.
    pub fn new(size: u64) -> BlockDevice {
        BlockDevice {
            written: RadixMap::default(),
            used: FreeSet::default(),
            size: size.min(MOST_FRAMES.into()),
            used_count: 0,
        }
    }

    /// Takes the lowest free block, which reads as zeros; none where the disk is full.
    pub fn allocate(&mut self) -> Option<BlockNumber> {
        let number = self.used.lowest_free(0);
        if u64::from(number) >= self.size {
            return None;
        }
        self.used.take(number);
        self.used_count += 1;
        Some(BlockNumber(number.into()))
    }

    /// Gives back a block that `allocate` gave.
    pub fn free(&mut self, block: BlockNumber) {
        let number = u32::try_from(block.0).unwrap_or(MOST_FRAMES);
        if self.used.contains(number) {
            self.used.give_back(number);
            self.used_count -= 1;
            self.written.remove(block.0);
        }
    }

    /// What the block holds.
    pub fn read(&self, block: BlockNumber) -> Contents {
        self.written.get(block.0).cloned().unwrap_or_default()
    }

    /// Overwrites the block.
    pub fn write(&mut self, block: BlockNumber, contents: Contents) {
        self.written.insert(block.0, contents);
    }

    /// Whether the block was written since it was taken.
    pub fn is_written(&self, block: BlockNumber) -> bool {
        self.written.get(block.0).is_some()
    }

    /// How many blocks are in use.
    pub fn used_blocks(&self) -> u64 {
        self.used_count
    }

    /// How many blocks there are.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Every block written, ascending.
    pub fn iter(&self) -> impl Iterator<Item = (BlockNumber, &Contents)> {
        self.written
            .iter()
            .map(|(number, contents)| (BlockNumber(number), contents))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_freed_block_is_used_again_and_reads_as_zeros() {
        let mut disk = BlockDevice::new(2);
        let first = disk.allocate();
        assert_eq!(
            (first, disk.allocate()),
            (Some(BlockNumber(0)), Some(BlockNumber(1)))
        );
        assert_eq!(disk.allocate(), None);
        disk.write(BlockNumber(0), Contents::of_bytes(&[5; 4096]));
        disk.free(BlockNumber(0));
        assert_eq!(disk.allocate(), first);
        assert_eq!(disk.read(BlockNumber(0)), Contents::ZERO);
        assert_eq!(disk.used_blocks(), 2);
    }
}
