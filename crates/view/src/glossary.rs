//! The words of the field, each explained for someone who meets it for the first time.

use crate::explanation::GlossaryEntry;

const fn entry(
    term: &'static str,
    forms: &'static [&'static str],
    meaning: &'static str,
    source: &'static str,
) -> GlossaryEntry {
    GlossaryEntry {
        term,
        forms,
        meaning,
        source,
    }
}

/// Every word, by the alphabet.
pub const GLOSSARY: &[GlossaryEntry] = &[
    entry(
        "accessed bit",
        &["accessed bits"],
        "A bit of a page-table entry that the processor sets when it uses the entry. The kernel clears it now and then, and so learns which pages are in use.",
        "Documentation/mm/page_reclaim.rst",
    ),
    entry(
        "address space",
        &["address spaces"],
        "All addresses that a process can name, 0 to 2^47 on x86-64, and what is mapped there. Each process has its own: the same address means different memory in each.",
        "Documentation/admin-guide/mm/concepts.rst",
    ),
    entry(
        "anonymous memory",
        &["anonymous"],
        "Memory with no file behind it: it starts as zeros and is gone when the process unmaps it. `malloc`, the stack and MAP_ANONYMOUS give it.",
        "mmap(2)",
    ),
    entry(
        "copy-on-write",
        &["copy on write", "COW"],
        "Two users share one frame, write-protected. The first who writes traps and is given a copy; who never writes never pays.",
        "fork(2)",
    ),
    entry(
        "demand paging",
        &[],
        "Memory is given when it is first touched, and not when it is asked for. Mapping a large file costs nothing until its pages are used.",
        "Documentation/admin-guide/mm/concepts.rst",
    ),
    entry(
        "dirty",
        &["dirty page", "dirty pages"],
        "In memory but not yet on the disk: somebody stored into the page since it was last written. It becomes clean when it is written back.",
        "msync(2)",
    ),
    entry(
        "dirty bit",
        &["dirty bits"],
        "A bit of a page-table entry that the processor sets on the first store through it. From it the kernel learns that the page must be written before it may be dropped.",
        "Documentation/arch/x86/x86_64/mm.rst",
    ),
    entry(
        "disk",
        &["block device"],
        "Where files live when the power is off. It is read and written in whole blocks, and it is thousands of times slower than RAM.",
        "Documentation/block/index.rst",
    ),
    entry(
        "errno",
        &[],
        "The number that tells a program why a system call failed, such as EINVAL. The call itself returns -1.",
        "errno(3)",
    ),
    entry(
        "fault-around",
        &[],
        "On a read fault of a file, Linux maps the cached neighbours of the page too, up to 16 pages, and saves the faults they would have cost.",
        "mm/memory.c",
    ),
    entry(
        "fork",
        &["forked"],
        "A process makes another one that is like it: the child has the same mappings, and shares every frame with its parent until one of them writes.",
        "fork(2)",
    ),
    entry(
        "frame",
        &["frames"],
        "One piece of RAM, 4096 bytes, with a number. A page is virtual, a frame is physical: the page table says which frame holds which page.",
        "Documentation/mm/physical_memory.rst",
    ),
    entry(
        "heap",
        &[],
        "The area that grows upwards after a program's data, moved by `brk`. `malloc` takes small pieces from it.",
        "brk(2)",
    ),
    entry(
        "inode",
        &["inodes"],
        "The file itself, as the kernel knows it: its size and where its blocks lie. Names in directories only point to it.",
        "inode(7)",
    ),
    entry(
        "locked",
        &[],
        "A locked page stays in RAM until it is unlocked.",
        "mlock(2)",
    ),
    entry(
        "major fault",
        &["major faults"],
        "A page fault that had to wait for the disk.",
        "getrusage(2)",
    ),
    entry(
        "mapping",
        &["mappings", "mapped", "map"],
        "A range of addresses of a process behind which a file or anonymous memory stands. `mmap` makes it, `munmap` ends it.",
        "mmap(2)",
    ),
    entry(
        "minor fault",
        &["minor faults"],
        "A page fault that was served without the disk.",
        "getrusage(2)",
    ),
    entry(
        "node",
        &["NUMA node", "NUMA"],
        "On large machines each processor has RAM of its own nearby: a node. Another node's RAM can be used, but is slower.",
        "numa(7)",
    ),
    entry(
        "page",
        &["pages"],
        "4096 bytes of a process's address space, the unit in which memory is mapped, protected and moved.",
        "Documentation/admin-guide/mm/concepts.rst",
    ),
    entry(
        "page cache",
        &["cache", "cached"],
        "The frames in which the kernel keeps pages of files. `read`, `write` and mappings all use the same ones, so a file is in RAM at most once.",
        "mm/filemap.c",
    ),
    entry(
        "page fault",
        &["page faults", "fault", "faults", "faulted"],
        "The processor could not do an access with the page table as it is, and called the kernel. Most faults are no error: the kernel puts the page there, and the instruction runs again.",
        "Documentation/mm/process_addrs.rst",
    ),
    entry(
        "page table",
        &["page tables"],
        "The tree by which the processor translates a virtual page to a frame: four levels of 512 entries, indexed by nine bits of the address each. Each process has its own.",
        "Documentation/mm/page_tables.rst",
    ),
    entry(
        "PSS",
        &["proportional set size"],
        "The memory of a process when each shared frame is divided by the number of those who map it. The sum over all processes is the RAM that they really use.",
        "proc_pid_smaps(5)",
    ),
    entry(
        "PTE",
        &["PTEs", "page-table entry", "page-table entries"],
        "An entry of the lowest level of a page table: a frame's number and bits that say what may be done with it (present, writable, user, accessed, dirty, no-execute).",
        "Documentation/arch/x86/x86_64/mm.rst",
    ),
    entry(
        "readahead",
        &[],
        "The kernel reads more of a file than was asked for, because the next pages are likely to be wanted soon.",
        "mm/readahead.c",
    ),
    entry(
        "reclaim",
        &["evict", "evicted"],
        "When RAM runs short the kernel takes frames back: clean file pages are dropped, dirty ones written first, anonymous ones go to swap.",
        "Documentation/mm/page_reclaim.rst",
    ),
    entry(
        "RSS",
        &["resident set size", "resident"],
        "The memory of a process that is in RAM now. Shared frames count in full for everyone who maps them, so the sum over processes says too much.",
        "proc_pid_statm(5)",
    ),
    entry(
        "segmentation fault",
        &["SIGSEGV"],
        "The signal for an access that cannot be served: nothing is mapped there (SEGV_MAPERR), or the mapping does not allow it (SEGV_ACCERR). It ends the process unless a handler is set.",
        "signal(7)",
    ),
    entry(
        "SIGBUS",
        &["bus error"],
        "The signal for an access to a mapping where the object behind it ends: mostly a file that is shorter than the mapping.",
        "signal(7)",
    ),
    entry(
        "stack",
        &[],
        "Where a program's local variables live. It grows downwards, and the kernel adds pages to it as it is used.",
        "proc_pid_maps(5)",
    ),
    entry(
        "swap",
        &["swapped", "swap slot"],
        "Room on a disk for anonymous pages that had to leave RAM. They come back with a fault when they are touched.",
        "swapon(2)",
    ),
    entry(
        "system call",
        &["system calls"],
        "A program's request to the kernel, such as `mmap` or `read`. Loads and stores are none: they go through the page table.",
        "syscalls(2)",
    ),
    entry(
        "TLB",
        &["translation lookaside buffer"],
        "The processor's memory of recent translations. A hit saves the walk through the page table. When an entry changes, the kernel must flush the old translation from it.",
        "Documentation/arch/x86/tlb.rst",
    ),
    entry(
        "USS",
        &["unique set size"],
        "The memory that only this process maps: what would become free if it ended now.",
        "proc_pid_smaps(5)",
    ),
    entry(
        "VMA",
        &["VMAs", "virtual memory area"],
        "The kernel's note of one mapping: from where to where, with which rights, and what stands behind it. A line of /proc/PID/maps is one VMA.",
        "Documentation/mm/process_addrs.rst",
    ),
    entry(
        "walk",
        &["page walk", "walked"],
        "The processor's way down the four levels of the page table to find a page's frame.",
        "Documentation/mm/page_tables.rst",
    ),
    entry(
        "write-back",
        &["writeback", "written back"],
        "The copying of dirty pages to the disk: by `msync` or `fsync`, or by the kernel after a while.",
        "Documentation/admin-guide/sysctl/vm.rst",
    ),
    entry(
        "write-protected",
        &["write-protect"],
        "The page-table entry does not allow stores although the mapping does. The next store traps, and so the kernel learns of it: the trick behind copy-on-write and dirty tracking.",
        "mm/memory.c",
    ),
    entry(
        "zero page",
        &["page of zeros"],
        "One frame full of zeros that serves every anonymous page that was only read so far. It is never written.",
        "mm/memory.c",
    ),
];
