//! C programs as the lab tells them: each statement's sentence, and scenes at chosen moments.
#![allow(clippy::panic)]

use session::{LabFile, Preset, Progress, Session, Setup, StepBy};
use view::{Focus, explanation, scene, transition};

/// A session of a program, with a small file on its disk.
fn lab(body: &str) -> Session {
    let program = format!("int main(void) {{\n{body}\n}}\n");
    let files = vec![LabFile::new("data", b"Hello, pages!")];
    let setup = Setup {
        preset: Preset::Classroom,
        program: program.into(),
        files,
    };
    Session::new(setup).unwrap_or_else(|problems| panic!("{problems:?}"))
}

/// Runs to the end of the statement that contains `text`.
fn run_to(session: &mut Session, text: &str) {
    while session.step(StepBy::Statement) == Progress::Done {
        if session.detail().statement.contains(text) {
            return;
        }
    }
    panic!("no statement with {text}");
}

/// The headline of each statement that asked something of the kernel.
fn headlines(body: &str) -> String {
    let mut session = lab(body);
    let mut lines = Vec::new();
    while session.step(StepBy::Statement) == Progress::Done {
        let told = explanation(&session);
        if told.kind != "statement" {
            lines.push(told.headline);
        }
    }
    lines.join("\n")
}

const FORK: &str = r#"
    char *p = mmap(NULL, 8192, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0);
    char *s = mmap(NULL, 4096, PROT_READ|PROT_WRITE, MAP_SHARED|MAP_ANONYMOUS, -1, 0);
    p[0] = 'A';
    char z = p[4096];
    p[4096] = 'z';
    s[0] = 's';
    if (fork() == 0) {
        p[0] = 'B';
        s[0] = 'S';
        _exit(3);
    }
    wait(NULL);
    p[0] = 'C';
    p[1] = 'D';
"#;

#[test]
fn copy_on_write_after_fork() {
    insta::assert_snapshot!(headlines(FORK), @r"
    Process 100 was promised 8 KiB of memory at `0x7ffff7ff5000`; no RAM was taken yet.
    Process 100 was promised 4 KiB of memory at `0x7ffff7ff4000`; no RAM was taken yet.
    Process 100 stored 'A' into a page of `p` for the first time, so it was given a frame of RAM.
    Process 100 read `p[4096]`, which nobody had written yet, and was shown the shared page of zeros.
    Process 100 stored 'z' into a page that had only been read so far, so it was given a frame of its own.
    Process 100 stored 's' into a page of `s` for the first time, so the shared memory was given a frame.
    Process 100 forked: process 101 is its copy, and not one page of memory was copied for it.
    Process 100 waits until a child ends.
    Process 101 stored 'B' into a page that it shares with its parent, so it was given a copy of its own.
    Process 101 stored 'S' into a page of `s` that another process brought in: both now use frame 4.
    Process 101 ended with status 3; one frame became free.
    Process 100 was told that its child, process 101, has ended.
    Process 100 stored 'C' into a page that nobody shares any more, so it may write to it without a copy.
    Process 100 ended with status 0; 4 frames became free.
    ");
}

#[test]
fn the_copy_is_seen_everywhere_at_once() {
    let mut session = lab(FORK);
    run_to(&mut session, "p[0] = 'B'");
    insta::assert_snapshot!(explanation(&session), @r"
    [copy-on-write fault] Process 101 stored 'B' into a page that it shares with its parent, so it was given a copy of its own.
    Since `fork` several page tables point at frame 2, write-protected. The first one to write pays for the copy, here frame 5; process 100 keeps frame 2.
    - PTE present? yes
    - Write allowed by the PTE? no, trap
    - Is there a VMA at the address? yes, `p`
    - Does the VMA allow writing? yes, rw-p
    - Private mapping? yes
    - Is it the zero page? no
    - Am I the only one mapping it? no, 2 map it
    => Copy frame 2 to frame 5
    not: Reuse the frame
    PTE of 0x7ffff7ff5000: f5 PWUAD-, was f2 P-U-D-
    ");
    insta::assert_snapshot!(transition(&session), @r"
    TlbMiss cpu-0 to tlb-0-101-7ffff7ff5: the TLB does not know the page
    Walk cpu-0 to entry-101-4-7f8000000: PGD entry 255: found
    Walk entry-101-4-7f8000000 to entry-101-3-7fffc0000: PUD entry 511: found
    Walk entry-101-3-7fffc0000 to entry-101-2-7ffff7e00: PMD entry 447: found
    Walk entry-101-2-7ffff7e00 to entry-101-1-7ffff7ff5: PTE entry 501: found
    Access cpu-0 to page-101-7ffff7ff5: page fault: the kernel takes over
    Allocate node-0 to frame-5: frame 5 is taken
    Copy frame-2 to frame-5: frame 2 is copied to frame 5
    Map frame-5 to page-101-7ffff7ff5: the page is now frame 5
    Retry cpu-0 to page-101-7ffff7ff5: the instruction runs again
    Walk cpu-0 to entry-101-4-7f8000000: PGD entry 255: found
    Walk entry-101-4-7f8000000 to entry-101-3-7fffc0000: PUD entry 511: found
    Walk entry-101-3-7fffc0000 to entry-101-2-7ffff7e00: PMD entry 447: found
    Walk entry-101-2-7ffff7e00 to entry-101-1-7ffff7ff5: PTE entry 501: found
    TlbFill entry-101-1-7ffff7ff5 to tlb-0-101-7ffff7ff5: the TLB keeps frame 5
    ");
    insta::assert_snapshot!(scene(&session, &Focus::default()), @r"
    cpu: process 101, store at 0x7ffff7ff5000
      tlb 101 7ffff7ff5 -> 5 rw
    process 100: waits, line 14, 47 pages mapped, shares 2 of its 4 pages; 2 are its own
      char * p = 0x7ffff7ff5000
      char * s = 0x7ffff7ff4000
      char z = 0
      7ffffffde rw-p [stack]: . . (30) 1PS
      ... 127 MiB unmapped
      7ffff7ffd r-xp [vdso]: . .
      7ffff7ffb r--p [vvar_vclock]: . .
      7ffff7ff7 r--p [vvar]: . . . .
      7ffff7ff5 rw-p p anonymous: 2P 3PS
      7ffff7ff4 rw-s s shared anonymous memory: 4
      ... 127 TiB unmapped
      403 rw-p program data: .
      402 r--p program constants: .
      401 r-xp program code: .
      ... 4 MiB unmapped
    process 101 of 100: can run, line 11, 47 pages mapped, shares 2 of its 3 pages with 100; 1 is its own
      char * p = 0x7ffff7ff5000
      char * s = 0x7ffff7ff4000
      char z = 0
      7ffffffde rw-p [stack]: . . (30) 1PS
      ... 127 MiB unmapped
      7ffff7ffd r-xp [vdso]: . .
      7ffff7ffb r--p [vvar_vclock]: . .
      7ffff7ff7 r--p [vvar]: . . . .
      7ffff7ff5 rw-p p anonymous: 5 3PS
      7ffff7ff4 rw-s s shared anonymous memory: .
      ... 127 TiB unmapped
      403 rw-p program data: .
      402 r--p program constants: .
      401 r-xp program code: .
      ... 4 MiB unmapped
    page table of 101 for 0x7ffff7ff5000: PGD 255 PUD 511 PMD 447 PTE 501: f5 PWUAD-, was f2 P-U-D-
    node 0: 250 of 256 frames free: 0:zero 1:anonS 2:anon 3:anonS 4:shmem 5:anon (226)
    file data, 13 bytes: 0:.[48 65 6c 6c 6f 2c 20 70]
    file program, 8 KiB: 0:.[00 00 00 00 00 00 00 00] 1:.[4f 70 65 72 61 74 69 6f]
    file shared anonymous memory, 4 KiB: 0:4
    figures of 100: RSS 16 K PSS 12 K USS 8 K, faults 4 + 0
    figures of 101: RSS 12 K PSS 8 K USS 4 K, faults 1 + 0
    machine: 1000 KiB free of 1 MiB, 4 KiB cached, 0 dirty
    ");
}

const FILE: &str = r#"
    int fd = open("data", O_RDWR);
    char *ptr = mmap(NULL, 8192, PROT_READ, MAP_PRIVATE, fd, 0);
    char x = ptr[0];
    char y = ptr[1];
    char *s = mmap(NULL, 4096, PROT_READ|PROT_WRITE, MAP_SHARED, fd, 0);
    s[0] = 'J';
    msync(s, 4096, MS_SYNC);
    s[1] = 'E';
    char *q = mmap(NULL, 4096, PROT_READ|PROT_WRITE, MAP_PRIVATE, fd, 0);
    q[0] = 'Q';
    char buffer[8];
    read(fd, buffer, 5);
    munmap(q, 4096);
    close(fd);
    ptr[4096];
"#;

#[test]
fn a_mapped_file() {
    insta::assert_snapshot!(headlines(FILE), @r"
    Process 100 opened `data` as descriptor 3.
    Process 100 mapped 8 KiB of `data` at `0x7ffff7ff5000`; not a byte of it was read yet.
    Process 100 read `ptr[0]`, but that page of `data` was not in memory: it was read from the disk.
    Process 100 read 'e' from `ptr[1]`; the TLB knew where it is.
    Process 100 mapped 4 KiB of `data` at `0x7ffff7ff4000`; not a byte of it was read yet.
    Process 100 stored 'J' into a page of `data` that was in memory already: it only had to be mapped.
    Process 100 had one dirty page of `data` written to the disk.
    Process 100 stored 'E' into a clean page of `data`: the kernel noted that the page is now dirty.
    Process 100 mapped 4 KiB of `data` at `0x7ffff7ff3000`; not a byte of it was read yet.
    Process 100 stored 'Q' into its private mapping of `data`, so it was given a copy of the page; the file stays as it is.
    Process 100 had 5 bytes of `data` copied into its buffer.
    Process 100 unmapped 4 KiB at `0x7ffff7ff3000`; one frame became free.
    Process 100 closed descriptor 3.
    Process 100 read past the end of `data`: SIGBUS.
    ");
}

#[test]
fn the_textbook_lines() {
    let mut session = lab(FILE);
    run_to(&mut session, "char x = ptr[0]");
    insta::assert_snapshot!(explanation(&session), @r"
    [major fault: a page from disk] Process 100 read `ptr[0]`, but that page of `data` was not in memory: it was read from the disk.
    `mmap` had only noted which file belongs to these addresses. Now that a byte was needed, the access trapped; the kernel read page 0 of the file into frame 3, kept it in the page cache and mapped it: a major fault. Then the same instruction ran again.
    - PTE present? no: 2 of 4 levels exist, trap
    - Is there a VMA at the address? yes, `ptr`
    - Does the VMA allow reading? yes, r--p
    - File or anonymous? file `data`
    - Before the end of the file? yes, page 0
    - In the page cache? no, ask the disk
    => Read it from the disk to frame 3, then map
    not: Map what is cached
    PTE of 0x7ffff7ff5000: f3 P-UA--, was none
    ");
    insta::assert_snapshot!(transition(&session), @r"
    TlbMiss cpu-0 to tlb-0-100-7ffff7ff5: the TLB does not know the page
    Walk cpu-0 to entry-100-4-7f8000000: PGD entry 255: found
    Walk entry-100-4-7f8000000 to entry-100-3-7fffc0000: PUD entry 511: found
    Miss entry-100-3-7fffc0000 to entry-100-2-7ffff7e00: PMD entry 447: nothing there, the processor traps
    Access cpu-0 to page-100-7ffff7ff5: page fault: the kernel takes over
    Allocate node-0 to frame-3: frame 3 is taken
    Fill block-11-0 to frame-3: the disk fills frame 3
    Map frame-3 to cached-11-0: the page cache keeps frame 3
    Appear entry-100-2-7ffff7e00: a page-table node of level 1
    Map frame-3 to page-100-7ffff7ff5: the page is now frame 3
    Retry cpu-0 to page-100-7ffff7ff5: the instruction runs again
    Walk cpu-0 to entry-100-4-7f8000000: PGD entry 255: found
    Walk entry-100-4-7f8000000 to entry-100-3-7fffc0000: PUD entry 511: found
    Walk entry-100-3-7fffc0000 to entry-100-2-7ffff7e00: PMD entry 447: found
    Walk entry-100-2-7ffff7e00 to entry-100-1-7ffff7ff5: PTE entry 501: found
    TlbFill entry-100-1-7ffff7ff5 to tlb-0-100-7ffff7ff5: the TLB keeps frame 3
    ");
    run_to(&mut session, "s[0] = 'J'");
    insta::assert_snapshot!(scene(&session, &Focus::default()), @r"
    cpu: process 100, store at 0x7ffff7ff4000
      tlb 100 402 -> 2 r-
      tlb 100 7ffff7ff4 -> 3 rw
      tlb 100 7ffff7ff5 -> 3 r-
      tlb 100 7fffffffe -> 1 rw
    process 100: can run, line 9, 47 pages mapped
      int fd = 3
      char * ptr = 0x7ffff7ff5000
      char x = 'H'
      char y = 'e'
      char * s = 0x7ffff7ff4000
      7ffffffde rw-p [stack]: . . (30) 1
      ... 127 MiB unmapped
      7ffff7ffd r-xp [vdso]: . .
      7ffff7ffb r--p [vvar_vclock]: . .
      7ffff7ff7 r--p [vvar]: . . . .
      7ffff7ff5 r--p ptr data: 3SD .
      7ffff7ff4 rw-s s data: 3SD
      ... 127 TiB unmapped
      403 rw-p program data: .
      402 r--p program constants: 2
      401 r-xp program code: .
      ... 4 MiB unmapped
    page table of 100 for 0x7ffff7ff4000: PGD 255 PUD 511 PMD 447 PTE 500: f3 PWUAD-, was none
    node 0: 252 of 256 frames free: 0:zero 1:anon 2:file 3:fileSD (228)
    file data, 13 bytes: 0:3SD[48 65 6c 6c 6f 2c 20 70 differs] dirty: the disk still says 'H'
    file program, 8 KiB: 0:.[00 00 00 00 00 00 00 00] 1:2[4f 70 65 72 61 74 69 6f]
    figures of 100: RSS 16 K PSS 12 K USS 8 K, faults 1 + 2
    machine: 1008 KiB free of 1 MiB, 8 KiB cached, 1 dirty
    ");
}

#[test]
fn refusals_say_what_to_do() {
    let mut session = lab(r#"
    int fd = open("data", O_RDONLY);
    mmap(NULL, 0, PROT_READ, MAP_PRIVATE, fd, 0);
    mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, fd, 100);
    mmap(NULL, 4096, PROT_READ|PROT_WRITE, MAP_SHARED, fd, 0);
    mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, 77, 0);
    open("nothing", O_RDONLY);
    munmap((void *)1, 4096);
"#);
    let mut lines = Vec::new();
    while session.step(StepBy::Statement) == Progress::Done {
        let told = explanation(&session);
        lines.push(format!("{}\n    {}", told.headline, told.why));
    }
    insta::assert_snapshot!(lines.join("\n"), @r#"
    Process 100 opened `data` as descriptor 3.
        A descriptor is the process's number for an open file. Nothing of the file's contents was read.
    Process 100's `mmap` failed with EINVAL: the length is 0.
        A mapping must have at least one byte. Lengths are rounded up to whole pages, but 0 stays 0. It returned MAP_FAILED, and `errno` is EINVAL, "Invalid argument".
    Process 100's `mmap` failed with EINVAL: the offset is not a multiple of the page size.
        A page of memory stands for a page of the file, so a mapping can only start at a multiple of 4096 bytes into it. Map from the page's start and add the rest to the pointer. It returned MAP_FAILED, and `errno` is EINVAL, "Invalid argument".
    Process 100's `mmap` failed with EACCES: the file was not opened for writing.
        Stores through a shared mapping change the file, so it must have been opened with O_RDWR. A MAP_PRIVATE mapping needs only reading. It returned MAP_FAILED, and `errno` is EACCES, "Permission denied".
    Process 100's `mmap` failed with EBADF: the number is no open file descriptor.
        No file is open under this number: `open` failed, or it was closed, or for a mapping without a file MAP_ANONYMOUS is missing. It returned MAP_FAILED, and `errno` is EBADF, "Bad file descriptor".
    Process 100's `open` failed with ENOENT: there is no such file.
        No file has this name. With O_CREAT `open` would have made it. It returned -1, and `errno` is ENOENT, "No such file or directory".
    Process 100's `munmap` failed with EINVAL: the address is not at the start of a page.
        Memory is mapped in pages of 4096 bytes, so the address must be a multiple of 4096. It returned -1, and `errno` is EINVAL, "Invalid argument".
    "#);
}

#[test]
fn a_null_pointer_and_a_page_that_may_not_be_written() {
    let mut session = lab("    char *p = NULL;\n    p[0] = 1;");
    while session.step(StepBy::Statement) == Progress::Done {}
    insta::assert_snapshot!(explanation(&session), @r"
    [segmentation fault] Process 100 followed a null pointer and was stopped by SIGSEGV.
    No VMA holds this address, so there is nothing that the kernel could put there. It raises SIGSEGV with the code SEGV_MAPERR; without a handler that is the end of the process. Process 100 has no handler for it, so SIGSEGV killed the process.
    - PTE present? no: 0 of 4 levels exist, trap
    - Is there a VMA at the address? no
    - Just below the stack? no
    => Raise SIGSEGV, SEGV_MAPERR
    not: Serve the fault
    ");
    let mut session = lab(
        "    char *p = mmap(NULL, 1, PROT_READ, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0);\n    p[0] = 1;",
    );
    while session.step(StepBy::Statement) == Progress::Done {}
    insta::assert_snapshot!(explanation(&session), @r"
    [segmentation fault] Process 100 stored 1 into `p[0]`, which it may not write: SIGSEGV.
    The mapping is there, but it allows only `r--p`. The kernel raises SIGSEGV with the code SEGV_ACCERR; without a handler that is the end of the process. Nothing was changed. Process 100 has no handler for it, so SIGSEGV killed the process.
    - PTE present? no: 2 of 4 levels exist, trap
    - Is there a VMA at the address? yes, `p`
    - Does the VMA allow writing? no, r--p
    => Raise SIGSEGV, SEGV_ACCERR
    not: Serve the fault
    ");
}
