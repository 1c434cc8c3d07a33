/** Web servers that have the files of a torrent (BEP 19). */
@NullMarked
package dev.hubswarm.p2pengine.web;

import org.jspecify.annotations.NullMarked;
