//! Reads the text of /proc/PID/smaps, the model's and Linux's alike (proc_pid_smaps(5)).

/// The fields that are compared, in kB. Not `LazyFree`: pages reach it through a list of the CPU's
/// own that is emptied at any time.
pub const FIELDS: [&str; 14] = [
    "Size",
    "Rss",
    "Pss",
    "Pss_Dirty",
    "Shared_Clean",
    "Shared_Dirty",
    "Private_Clean",
    "Private_Dirty",
    "Referenced",
    "Anonymous",
    "AnonHugePages",
    "Swap",
    "SwapPss",
    "Locked",
];

/// A VMA as smaps shows it; device and inode aside.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct VmaView {
    /// The first address.
    pub start: u64,
    /// The address after the last.
    pub end: u64,
    /// `rwxp` or `rwxs`, with `-` for what is not.
    pub permissions: [u8; 4],
    /// The offset into the file, in bytes.
    pub offset: u64,
    /// The path's [`last_part`], with ` (deleted)` where it applies; `[heap]` and the like.
    pub name: String,
    /// The values of [`FIELDS`].
    pub fields: [u64; FIELDS.len()],
    /// `VmFlags`, as printed.
    pub flags: String,
    /// What mincore(2) says of each page.
    pub mincore: Vec<u8>,
}

impl VmaView {
    /// The VMA's line of maps, without device and inode.
    pub fn maps_line(&self) -> String {
        let permissions = String::from_utf8_lossy(&self.permissions);
        let (start, end, offset, name) = (self.start, self.end, self.offset, &self.name);
        format!("{start:08x}-{end:08x} {permissions} {offset:08x} {name}")
    }

    /// The first field beyond the maps line that differs, with both values.
    pub fn difference(&self, other: &VmaView) -> Option<(&'static str, String, String)> {
        if self.flags != other.flags {
            return Some(("VmFlags", self.flags.clone(), other.flags.clone()));
        }
        if self.mincore != other.mincore {
            let shown = |vma: &VmaView| vma.mincore.iter().map(|b| char::from(b'0' + b)).collect();
            return Some(("mincore", shown(self), shown(other)));
        }
        let mut pairs = self.fields.iter().zip(&other.fields).zip(FIELDS);
        let ((mine, others), name) = pairs.find(|((a, b), _)| a != b)?;
        Some((name, format!("{mine} kB"), format!("{others} kB")))
    }
}

/// The VMAs of a text of smaps that lie at or above `from` and below the kernel's half.
pub fn parse(text: &str, from: u64) -> Vec<VmaView> {
    let mut vmas: Vec<VmaView> = Vec::new();
    let mut skipping = true;
    // Fields come in one order: the search goes on where the last one was found.
    let mut next = 0;
    for line in text.lines() {
        let first = line.as_bytes().first().copied().unwrap_or(b' ');
        if first.is_ascii_digit() || first.is_ascii_lowercase() {
            let Some(vma) = header(line) else { continue };
            skipping = vma.start < from || vma.start >= 1 << 47;
            next = 0;
            if !skipping {
                vmas.push(vma);
            }
            continue;
        }
        let Some(vma) = vmas.last_mut().filter(|_| !skipping) else {
            continue;
        };
        if let Some(flags) = line.strip_prefix("VmFlags:") {
            vma.flags = flags.trim().to_string();
        } else if let Some((name, rest)) = line.split_once(':') {
            let found = FIELDS[next..].iter().position(|field| *field == name);
            if let Some(index) = found {
                vma.fields[next + index] = number(rest.as_bytes());
                next += index + 1;
            }
        }
    }
    vmas
}

/// `START-END PERM OFFSET DEV INODE [PATH]`
fn header(line: &str) -> Option<VmaView> {
    let mut words = line.splitn(6, ' ');
    let (start, end) = words.next()?.split_once('-')?;
    let permissions = words.next()?.as_bytes().try_into().ok()?;
    let offset = words.next()?;
    let path = words.nth(2).unwrap_or("").trim();
    Some(VmaView {
        start: u64::from_str_radix(start, 16).ok()?,
        end: u64::from_str_radix(end, 16).ok()?,
        permissions,
        offset: u64::from_str_radix(offset, 16).ok()?,
        name: last_part(path),
        ..VmaView::default()
    })
}

/// The last part of a path; of a file of O_TMPFILE, which is called `#` and its number, without the
/// number, which is the machine's own.
pub fn last_part(path: &str) -> String {
    let name = path.rsplit('/').next().unwrap_or(path);
    match name.strip_prefix('#') {
        Some(rest) => format!("#{}", rest.trim_start_matches(|c: char| c.is_ascii_digit())),
        None => name.to_string(),
    }
}

/// The first number of `    12 kB`.
fn number(text: &[u8]) -> u64 {
    let digits = text.iter().skip_while(|c| **c == b' ');
    digits
        .take_while(|c| c.is_ascii_digit())
        .fold(0, |value, digit| value * 10 + u64::from(digit - b'0'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_vma_is_read_from_its_lines() {
        let text = "\
00100000-00101000 r-xp 00001000 00:01 7    /agent
Rss:                   4 kB
10000000-10002000 rw-s 00001000 00:01 1034    /memfd:a b (deleted)
Size:                  8 kB
KernelPageSize:        4 kB
Rss:                   4 kB
Locked:               12 kB
THPeligible:           0
VmFlags: rd wr sh
ffffffffff600000-ffffffffff601000 --xp 00000000 00:00 0   [vsyscall]
Rss:                   4 kB
";
        let vmas = parse(text, 0x20_0000);
        assert_eq!(vmas.len(), 1);
        let line = "10000000-10002000 rw-s 00001000 memfd:a b (deleted)";
        assert_eq!(vmas[0].maps_line(), line);
        assert_eq!(vmas[0].fields[1], 4);
        assert_eq!(vmas[0].fields[13], 12);
        assert_eq!(vmas[0].flags, "rd wr sh");
    }
}
