namespace Pipeline.TestS3.Signing;

/// <summary>A signature that held: the first link of the chain of chunk signatures, and what was promised about the body.</summary>
internal sealed record VerifiedSignature(SigningKey Key, string Signature, string PayloadDigest);
