package io.nodepass.tunnel;

import io.nodepass.transport.Arrival;

/**
 * A user's connection on its way to a ready connection.
 *
 * @param since when it arrived, as of the home loop's clock
 */
record WaitingUser(Arrival arrival, long since) {}
