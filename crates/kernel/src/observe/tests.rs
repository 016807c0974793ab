//! What /proc and the arrow picture say of one small process.

use abi::{Fd, MapFlags, OpenFlags, Prot, Syscall, VirtAddr};

use crate::addr::{PAGE_SIZE, PageRange, TASK_SIZE, Vpn};
use crate::observe::smaps::MemorySizes;
use crate::testing::{BUFFER, Lab};

/// A process that mapped a file twice, stored through the shared mapping and read the private one.
fn mapped_file() -> Lab {
    let mut lab = Lab::new();
    lab.add_file("notes.txt", b"remember");
    let fd = lab.open("notes.txt", OpenFlags::O_RDWR);
    let shared = lab.map(fd, 4096, MapFlags::MAP_SHARED);
    let private = Syscall::Mmap {
        address: VirtAddr::NULL,
        length: 8192,
        prot: Prot::PROT_READ,
        flags: MapFlags::MAP_PRIVATE,
        fd,
        offset: 0,
    };
    let private = VirtAddr(lab.value(private));
    lab.poke(shared, b"R");
    lab.peek(private, 1);
    lab
}

#[test]
fn three_arrows_show_how_an_address_leads_to_a_frame() {
    let lab = mapped_file();
    let picture = lab.kernel.to_string();
    let of_file = |line: &&str| line.contains("notes") || line.contains("7ffff7f");
    let lines: Vec<&str> = picture.lines().filter(of_file).collect();
    let expected = "\
VMA          100 7ffff7ff4000-7ffff7ff6000 r--p -> /lab/notes.txt, page 0
VMA          100 7ffff7ff6000-7ffff7ff7000 rw-s -> /lab/notes.txt, page 0
page cache   /lab/notes.txt, page 0 -> frame 2, dirty
PTE          100 7ffff7ff4000 -> frame 2
PTE          100 7ffff7ff6000 -> frame 2, writable, dirty";
    assert_eq!(lines.join("\n"), expected);
}

/// What a program reads from a file under /proc.
fn read_all(lab: &mut Lab, path: &str) -> String {
    let fd = lab.open(path, OpenFlags::empty());
    let mut text = String::new();
    loop {
        let call = Syscall::Read {
            fd,
            buffer: BUFFER,
            count: 65536,
        };
        match lab.value(call) {
            0 => return text,
            count => text += &lab.text(BUFFER, count),
        }
    }
}

#[test]
fn a_program_reads_its_own_maps() {
    let mut lab = mapped_file();
    let expected = "\
00400000-00410000 rw-p 00000000 00:00 0 
7ffff7ff4000-7ffff7ff6000 r--p 00000000 08:01 12                         /lab/notes.txt
7ffff7ff6000-7ffff7ff7000 rw-s 00000000 08:01 12                         /lab/notes.txt
7ffff7ff7000-7ffff7ffb000 r--p 00000000 00:00 0                          [vvar]
7ffff7ffb000-7ffff7ffd000 r--p 00000000 00:00 0                          [vvar_vclock]
7ffff7ffd000-7ffff7fff000 r-xp 00000000 00:00 0                          [vdso]
7ffffffde000-7ffffffff000 rw-p 00000000 00:00 0                          [stack]
ffffffffff600000-ffffffffff601000 --xp 00000000 00:00 0                  [vsyscall]
";
    assert_eq!(read_all(&mut lab, "/proc/self/maps"), expected);
}

#[test]
fn a_program_reads_its_own_smaps() {
    let mut lab = mapped_file();
    let text = read_all(&mut lab, "/proc/100/smaps");
    let shared = text.split("rw-s").nth(1).unwrap_or("");
    let field = |name: &str| {
        let line = shared.lines().find(|line| line.starts_with(name));
        line.and_then(|line| line.split_whitespace().nth(1))
            .map(str::to_string)
    };
    assert_eq!(field("Rss:").as_deref(), Some("4"));
    assert_eq!(field("Pss:").as_deref(), Some("2"));
    assert_eq!(field("Shared_Dirty:").as_deref(), Some("4"));
    assert!(text.ends_with("VmFlags: ex \n"));
}

#[test]
fn figures_are_what_smaps_adds_up_to() {
    let mut lab = mapped_file();
    lab.value(Syscall::Fork {});
    lab.poke(BUFFER, b"own");
    let kernel = &lab.kernel;
    let mapcounts = kernel.mapcounts();
    for task in kernel.tasks().iter() {
        let figures = kernel.process_figures(&mapcounts, task.pid);
        let all = PageRange::new(Vpn(0), Vpn(TASK_SIZE / PAGE_SIZE));
        let spaces = kernel.address_space(task.pid).into_iter();
        let vmas = spaces.flat_map(|space| space.vmas_in(all));
        let sizes: Vec<_> = vmas
            .map(|vma| kernel.memory_sizes(&mapcounts, task.pid, vma))
            .collect();
        let sum = |part: fn(&MemorySizes) -> u64| sizes.iter().map(part).sum::<u64>();
        assert!(figures.uss < figures.pss && figures.pss < figures.rss);
        assert_eq!(figures.pss, sum(|sizes| sizes.proportional) >> 12);
        assert_eq!(
            figures.pss_of.file,
            sum(|sizes| sizes.proportional_file) >> 12
        );
        assert_eq!(
            figures.uss,
            sum(|sizes| sizes.private_clean + sizes.private_dirty)
        );
        assert_eq!(figures.rss, sum(|sizes| sizes.resident));
    }
}

#[test]
fn an_unlinked_file_is_shown_as_deleted() {
    let mut lab = mapped_file();
    lab.value(Syscall::Unlink {
        path: abi::Path::Text("notes.txt".into()),
    });
    lab.value(Syscall::Close { fd: Fd(3) });
    assert!(read_all(&mut lab, "/proc/self/maps").contains("/lab/notes.txt (deleted)\n"));
}
