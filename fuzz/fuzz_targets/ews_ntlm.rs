//! NTLM: a server's challenge and its certificate. The answer's fields lie one behind the other in the message, name who signs in and what
//! for, and hold no password; the same challenge has the same answer.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tegu_ews::ntlm::{Challenge, ChannelBinding, Identity, Random, negotiate};
use tegu_fuzz::frugal;

const PASSWORD: &str = "Pa55word-of-anna";

fn utf16(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

fn holds(octets: &[u8], part: &[u8]) -> bool {
    octets.windows(part.len()).any(|window| window == part)
}

fuzz_target!(|data: &[u8]| {
    let [cut, data @ ..] = data else { return };
    let (certificate, message) = data.split_at(data.len() * usize::from(*cut) / 256);
    frugal(data.len(), || {
        let binding = ChannelBinding::of(certificate);
        assert!(binding.data().starts_with(b"tls-server-end-point:"));
        let digest = binding.data().len() - b"tls-server-end-point:".len();
        assert!(matches!(digest, 32 | 48 | 64));
        // Most inputs begin as a challenge does.
        let mut message = message.to_vec();
        if *cut % 4 != 0 {
            let head = [&b"NTLMSSP\0"[..], &2_u32.to_le_bytes()].concat();
            let length = head.len().min(message.len());
            message[..length].copy_from_slice(&head[..length]);
        }
        let Ok(challenge) = Challenge::read(&message) else {
            return;
        };
        let who = Identity::new("EXAMPLE\\anna", PASSWORD);
        let random = Random::now([7; 8]);
        let answer = challenge.answer(
            &negotiate(),
            &who,
            "HTTP/mail.example.org",
            Some(&binding),
            random,
        );
        assert_eq!(
            answer,
            challenge.answer(
                &negotiate(),
                &who,
                "HTTP/mail.example.org",
                Some(&binding),
                random
            )
        );
        // The answer repeats what the server told of itself, which may be anything.
        for password in [PASSWORD.as_bytes(), &utf16(PASSWORD)] {
            assert!(!holds(&answer, password) || holds(&message, password));
        }
        let number = |at: usize| u32::from_le_bytes(answer[at..at + 4].try_into().expect("four octets"));
        assert!(answer.starts_with(b"NTLMSSP\0") && number(8) == 3);
        let mut next = 88;
        let mut fields = Vec::new();
        for field in 0..6 {
            let at = 12 + 8 * field;
            let length = usize::from(u16::from_le_bytes([answer[at], answer[at + 1]]));
            assert_eq!(number(at + 4) as usize, next, "field {field}");
            fields.push(&answer[next..next + length]);
            next += length;
        }
        assert_eq!(next, answer.len());
        assert_eq!(
            (fields[2], fields[3]),
            (&utf16("EXAMPLE")[..], &utf16("anna")[..])
        );
        // Where the server tells its time the answer names the service and the connection.
        if fields[0] == [0; 24] {
            assert!(
                holds(fields[1], binding.as_bytes()) && holds(fields[1], &utf16("HTTP/mail.example.org"))
            );
        }
    });
});
