/* SPDX-FileCopyrightText: giad maintainers */
#pragma once

/* The cases of the contract, one function each: CASE(name), in the order in which they run. */

#include "tests/contract/contract.h"

#define CONTRACT_CASES                                                        \
        CASE(files_of_before_are_found)                                       \
        CASE(closed_file_is_told_without_waiting)                             \
        CASE(quiet_watcher_sleeps)                                            \
        CASE(fresh_nested_directories_miss_nothing)                           \
        CASE(what_is_made_under_a_mark_is_not_listed)                         \
        CASE(directories_that_move_all_the_time_hide_nothing)                 \
        CASE(operations_at_random_hide_nothing)                               \
        CASE(operations_at_random_with_little_room_hide_nothing)              \
        CASE(operations_at_random_with_few_watches_hide_nothing)              \
        CASE(operations_at_random_beside_walks_hide_nothing)                  \
        CASE(operations_at_random_beside_walks_with_little_room_hide_nothing) \
        CASE(directory_that_takes_the_place_of_a_polled_one_is_followed)      \
        CASE(second_overflow_keeps_the_gap_open)                              \
        CASE(atomic_save_is_told_under_its_name)                              \
        CASE(unnamed_file_that_is_linked_is_told)                             \
        CASE(unnamed_file_from_outside_is_told)                               \
        CASE(hard_link_is_told)                                               \
        CASE(symlink_is_told_at_once_and_not_followed)                        \
        CASE(special_file_is_told)                                            \
        CASE(more_directories_than_descriptors_are_walked)                    \
        CASE(directory_moved_in_is_walked_and_watched)                        \
        CASE(directory_moved_out_is_let_go)                                   \
        CASE(directory_moved_within_keeps_its_watches)                        \
        CASE(swapped_directories_keep_apart)                                  \
        CASE(parent_and_child_that_change_places_are_followed)                \
        CASE(long_open_writer_is_told_while_it_writes)                        \
        CASE(long_open_writer_is_told_while_others_write_elsewhere)           \
        CASE(mapped_writer_is_told_when_it_unmaps)                            \
        CASE(truncation_by_path_is_told)                                      \
        CASE(exchanged_files_are_both_told)                                   \
        CASE(changed_attributes_are_told_once_settled)                        \
        CASE(file_unlinked_before_its_close_does_no_harm)                     \
        CASE(overflow_opens_a_gap_and_walks_again)                            \
        CASE(overflow_while_others_list_ahead_hides_nothing)                  \
        CASE(want_of_room_while_others_list_ahead_hides_nothing)              \
        CASE(directories_without_a_watch_are_polled)                          \
        CASE(excluded_paths_are_neither_watched_nor_told)                     \
        CASE(deleted_root_is_told_once)                                       \
        CASE(root_that_moves_away_is_lost)                                    \
        CASE(too_deep_directories_are_a_gap)                                  \
        CASE(long_paths_are_a_gap_and_not_an_error)                           \
        CASE(too_much_work_is_a_gap_and_caught_up)                            \
        CASE(rewalk_tells_every_file_again)                                   \
        CASE(directory_that_goes_while_it_is_met_cuts_no_walk_short)          \
        CASE(workspaces_may_overlap_and_go)                                   \
        CASE(what_is_watched_is_not_ignored)                                  \
        CASE(workspace_may_be_removed_from_the_callback)                      \
        CASE(directory_replaced_by_a_link_leads_nowhere)                      \
        CASE(other_mount_is_a_gap_and_not_entered)                            \
        CASE(mount_that_comes_later_is_a_gap_while_it_stays)                  \
        CASE(unreadable_directory_is_a_gap_until_it_can_be_read)

#define CASE(name) void name(void **state);
CONTRACT_CASES
#undef CASE
