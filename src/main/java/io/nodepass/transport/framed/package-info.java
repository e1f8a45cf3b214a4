/** Flows one after another on a connection that stays: docs/protocol.md, "frames, used again". */
package io.nodepass.transport.framed;
