//! Charts: each point is the figure that the scene of its step shows.
#![allow(clippy::panic)]

use session::{LabFile, Session, Setup, Until};
use view::{Figure, Focus, Pid, charts, scene};

/// A program that forks, copies, dirties and writes back.
const PROGRAM: &str = "
int fd = open(\"data\", O_RDWR);
char *s = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
char *p = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
p[0] = 'A';
p[4096] = 'B';
s[0] = 'C';
fork();
p[0] = 'D';
msync(s, 8192, MS_SYNC);
char c = s[4096];
munmap(p, 8192);
";

fn run_to_end() -> Session {
    let setup = Setup {
        program: PROGRAM.into(),
        files: vec![LabFile::new("data", &[b'x'; 8192])],
        ..Setup::default()
    };
    let mut session = Session::new(setup).unwrap_or_else(|problems| panic!("{problems:?}"));
    session.run(10_000, Until::End);
    session
}

#[test]
fn every_point_is_what_the_scene_of_its_step_shows() {
    let mut session = run_to_end();
    let length = session.length();
    for pid in [Pid(100), Pid(101)] {
        let charts = charts(&session, pid, 1000);
        for step in 0..=length {
            session.seek(step);
            let figures = scene(&session, &Focus::default()).figures;
            for chart in &charts.charts {
                let shown = chart.figure.now(&figures, pid);
                assert_eq!(
                    chart.at(step),
                    shown,
                    "{:?} after step {step}",
                    chart.figure
                );
            }
        }
    }
}

#[test]
fn the_charts_of_a_program_tell_its_story() {
    let session = run_to_end();
    let charts = charts(&session, Pid(100), 1000);
    let course = |figure: Figure| {
        let chart = charts.charts.iter().find(|chart| chart.figure == figure);
        let points = chart.map_or(&[][..], |chart| chart.points.as_slice());
        let mut values: Vec<String> = points
            .iter()
            .map(|(_, value)| value.map_or("-".into(), |value| figure.value_words(value)))
            .collect();
        values.dedup();
        values.join(", ")
    };
    insta::assert_snapshot!(course(Figure::Dirty), @"0, 4 K, 0");
    insta::assert_snapshot!(course(Figure::Writeback), @"0, 4 K, 0");
    insta::assert_snapshot!(course(Figure::DiskWritten), @"0, 4 K");
}

#[test]
fn columns_keep_the_highest_value() {
    let session = run_to_end();
    let fine = charts(&session, Pid(100), 1000);
    let coarse = charts(&session, Pid(100), 3);
    for (fine, coarse) in fine.charts.iter().zip(&coarse.charts) {
        assert_eq!(fine.greatest, coarse.greatest, "{:?}", fine.figure);
        assert!(coarse.points.len() <= 4);
    }
}
