//! A number for the whole state: equal for equal states, on every machine.

use std::hash::{DefaultHasher, Hash, Hasher};

use crate::kernel::Kernel;

/// Hashes lengths and discriminants as 64 bits wherever the program runs.
#[derive(Default)]
struct PortableHasher(DefaultHasher);

impl Hasher for PortableHasher {
    fn finish(&self) -> u64 {
        self.0.finish()
    }

    fn write(&mut self, bytes: &[u8]) {
        self.0.write(bytes);
    }

    fn write_usize(&mut self, number: usize) {
        self.0.write_u64(number as u64);
    }

    fn write_isize(&mut self, number: isize) {
        self.0.write_i64(number as i64);
    }
}

impl Kernel {
    /// The state's number. The same commands give the same number, natively and in wasm.
    pub fn state_hash(&self) -> u64 {
        let mut hasher = PortableHasher::default();
        self.config.hash(&mut hasher);
        self.tasks.hash(&mut hasher);
        self.files.hash(&mut hasher);
        (self.clock, self.counters).hash(&mut hasher);
        for (number, space) in self.mms.iter() {
            (number, space).hash(&mut hasher);
        }
        for (table, info) in self.tables.iter() {
            (table, info).hash(&mut hasher);
            self.tables.node(table).hash(&mut hasher);
        }
        for (pfn, frame) in self.frames.iter() {
            (pfn, frame).hash(&mut hasher);
        }
        for (number, anon_vma) in self.anon_vmas.iter() {
            (number, anon_vma).hash(&mut hasher);
        }
        for (number, chain) in self.anon_vmas.chains() {
            (number, chain).hash(&mut hasher);
        }
        self.tlb.hash(&mut hasher);
        hasher.finish()
    }
}
