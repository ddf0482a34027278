// Package promise holds the names that programs outside this repository are compiled against, as its tests spell them
// out: what does not compile there any more has broken a promise. It holds no code.
package promise
