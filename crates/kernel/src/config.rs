//! How the modelled machine is set up.

/// The machine's size and the kernel's tunables. Fixed for the life of a kernel.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct KernelConfig {
    /// Frames of RAM, the zero page included.
    pub frames: u32,
    /// NUMA nodes, 1 to 8; the frames are dealt to them evenly.
    pub nodes: u8,
    /// Entries of the TLB, a multiple of 4 (its associativity).
    pub tlb_entries: u32,
    /// Pages around a file read fault that are mapped with it when cached: a power of two, 1 for none
    /// (`fault_around_bytes`).
    pub fault_around: u64,
    /// Pages that a cold read brings in at the most, 1 for no readahead (`read_ahead_kb`).
    pub readahead: u64,
    /// The most VMAs that a process may have (`max_map_count`).
    pub max_map_count: u32,
    /// The most processes, zombies included.
    pub max_processes: u32,
    /// Pages kept free below a growing stack (`stack_guard_gap`).
    pub stack_guard_gap: u64,
    /// The lowest address that may be mapped without privilege (`mmap_min_addr`).
    pub mmap_min_addr: u64,
    /// Blocks of the disk, 4096 bytes each.
    pub disk_blocks: u64,
    /// How much private memory is promised (`vm.overcommit_memory`).
    pub overcommit: Overcommit,
    /// Whether processes have root's capabilities: to map below `mmap_min_addr` (CAP_SYS_RAWIO) and
    /// to lock more than RLIMIT_MEMLOCK (CAP_IPC_LOCK).
    pub privileged: bool,
    /// Whether disk files are read ahead as where the file system can make large folios of several
    /// pages. The pages are single ones all the same.
    pub large_folios: bool,
    /// RLIMIT_STACK in bytes at the start: it also sets where mmap's area begins.
    pub stack_limit: u64,
    /// A deliberate mistake.
    #[cfg(feature = "mutants")]
    pub mutant: Option<crate::mutant::Mutant>,
}

/// How much private writable memory is promised at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Overcommit {
    /// 0: as much as there is RAM.
    Heuristic,
    /// 1: any amount.
    Always,
}

impl KernelConfig {
    /// As measured on Linux 6.18, with 4 GiB of RAM: what is compared with the real kernel.
    pub fn linux() -> KernelConfig {
        KernelConfig {
            frames: 1 << 20,
            nodes: 1,
            tlb_entries: 1536,
            fault_around: 16,
            readahead: 32,
            large_folios: true,
            max_map_count: 65530,
            max_processes: 4096,
            stack_guard_gap: 256,
            mmap_min_addr: 0x10000,
            disk_blocks: 1 << 24,
            overcommit: Overcommit::Heuristic,
            privileged: true,
            stack_limit: 8 << 20,
            #[cfg(feature = "mutants")]
            mutant: None,
        }
    }

    /// A machine small enough to draw whole, on which each touch shows its own fault.
    pub fn classroom() -> KernelConfig {
        KernelConfig {
            frames: 256,
            tlb_entries: 8,
            fault_around: 1,
            readahead: 1,
            max_processes: 64,
            disk_blocks: 1 << 20,
            overcommit: Overcommit::Always,
            privileged: false,
            ..KernelConfig::linux()
        }
    }
}
